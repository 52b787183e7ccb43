import { useQuery } from '@tanstack/react-query';
import type { ImageSourcePropType } from 'react-native';

import { passes } from './problems';
import { sendOk } from './transport';

export type Picture = { source: ImageSourcePropType | null; failed: boolean };

export const PICTURE = 'picture';

/** A picture of a case by its path on the server, for an Image; null until there is one. It is shown from memory. */
export function usePicture(path: string | null): Picture {
  const address = useQuery({
    queryKey: [PICTURE, path],
    enabled: path !== null,
    staleTime: Infinity,
    retry: (tries, problem) => passes(problem) && tries < 3,
    queryFn: async ({ signal }) => URL.createObjectURL(await (await sendOk(path ?? '', { signal })).blob()),
  });
  return { source: address.data ? { uri: address.data } : null, failed: address.isError };
}

/** Gives the memory of a picture back, once nobody has shown it for a while. */
export function forgetPicture(address: unknown): void {
  if (typeof address === 'string') URL.revokeObjectURL(address);
}
