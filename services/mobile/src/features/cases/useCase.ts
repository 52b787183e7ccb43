import { useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';

import { getCase, type CaseAnswer } from '@/api/cases';
import type { CaseBody, CaseState } from '@/api/client';
import { ownPause, passes, Refused } from '@/api/problems';

const ENDED: ReadonlySet<CaseState> = new Set(['completed', 'rejected', 'failed', 'canceled', 'expired', 'erased']);
const HELD_S = 20;
const SHORTEST_MS = 50;

export const caseKey = (id: string) => ['case', id] as const;

export const hasEnded = (body: CaseBody): boolean => ENDED.has(body.state);

/** One case, followed until it has ended: each question is held back by the server until there is something new. */
export function useCase(id: string) {
  const client = useQueryClient();
  return useQuery({
    queryKey: caseKey(id),
    queryFn: ({ signal }) =>
      follow(client.getQueryData<CaseAnswer>(caseKey(id)), (wish) => getCase(id, { ...wish, signal })),
    refetchInterval: ({ state }) => pauseBefore(state.data),
    retry: (tries, problem) => passes(problem) && tries < 20,
    retryDelay: (tries, problem) => (problem instanceof Refused ? problem.retryAfterMs : null) ?? ownPause(tries),
  });
}

/** Puts a case that was just accepted where its screen looks first. */
export function showCase(client: QueryClient, body: CaseBody): void {
  client.setQueryData<CaseAnswer>(caseKey(body.id), (known) => ({ body: newer(known?.body, body), pauseMs: 0 }));
}

/** Leaves of a case only that it was erased. To a device the server says of it only that there is none. */
export function showErased(client: QueryClient, body: CaseBody): void {
  const rest: CaseBody = { ...body, state: 'erased', version: body.version + 1, result: null, rejection: null };
  client.setQueryData<CaseAnswer>(caseKey(body.id), { body: rest, pauseMs: 0 });
}

type Ask = (wish: { since?: number; waitS?: number }) => Promise<CaseAnswer>;

/** The next answer about a case. Whatever arrives late and is older than what is known tells nothing. */
export async function follow(known: CaseAnswer | undefined, ask: Ask): Promise<CaseAnswer> {
  const waits = known !== undefined && !hasEnded(known.body);
  const answer = await ask(waits ? { since: known.body.version, waitS: HELD_S } : {});
  return { ...answer, body: newer(known?.body, answer.body) };
}

/** For how long to leave the server alone; false when there is nothing more to come. */
export function pauseBefore(known: CaseAnswer | undefined): number | false {
  if (!known || hasEnded(known.body)) return false;
  return Math.max(SHORTEST_MS, known.pauseMs);
}

// The same version is taken anew: queue place and waiting time are not part of it.
function newer(known: CaseBody | undefined, found: CaseBody): CaseBody {
  return known && known.version > found.version ? known : found;
}
