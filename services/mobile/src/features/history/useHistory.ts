import { useInfiniteQuery } from '@tanstack/react-query';

import { listCases } from '@/api/cases';
import { passes } from '@/api/problems';
import { useSession, useSubjectRef } from '@/features/session/useSession';

/** This person's photos on the server, newest first, page by page; with a clinic's key, the clinic's. */
export function useHistory() {
  const subjectRef = useSubjectRef();
  const session = useSession();
  const query = useInfiniteQuery({
    queryKey: ['history', session?.server, subjectRef],
    enabled: session !== null,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => listCases({ cursor: pageParam, subjectRef, signal }),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    retry: (tries, problem) => passes(problem) && tries < 3,
  });
  return { query, cases: query.data?.pages.flatMap((page) => page.items) ?? [] };
}
