import { QueryClient } from '@tanstack/react-query';

import { forgetPicture, PICTURE } from '@/api/picture';

/** What the screens know of the server. Asked whatever a device thinks of its network: only an answer tells. */
export function newQueryClient(): QueryClient {
  const client = new QueryClient({
    defaultOptions: {
      queries: { networkMode: 'always', refetchOnWindowFocus: true, staleTime: 1000 },
      mutations: { networkMode: 'always' },
    },
  });
  client.getQueryCache().subscribe(({ type, query }) => {
    if (type === 'removed' && query.queryKey[0] === PICTURE) forgetPicture(query.state.data);
  });
  return client;
}
