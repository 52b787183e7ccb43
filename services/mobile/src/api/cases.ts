import { bodyOf, client, type CaseBody, type CasePage } from './client';
import { namedPause } from './problems';

/** An answer about one case, and how long the server wants to be left alone: 0 where it has waited for us. */
export type CaseAnswer = { body: CaseBody; pauseMs: number };

const USUAL_PAUSE_MS = 1000;

/**
 * One case. With `since`, the answer is held until there is a version beyond that one, for `waitS` seconds at most.
 * `since_version` rather than an ETag: not every platform hands on a 304. Throws Refused, NoAnswer, SignedOut.
 */
export async function getCase(id: string, wish: { since?: number; waitS?: number; signal?: AbortSignal } = {}) {
  const outcome = await client.GET('/v1/cases/{case_id}', {
    params: { path: { case_id: id }, query: wish.since === undefined ? {} : { since_version: wish.since } },
    headers: wish.waitS === undefined ? {} : { Prefer: `wait=${wish.waitS}` },
    signal: wish.signal,
  });
  const held = outcome.response.headers.has('Preference-Applied');
  const answer: CaseAnswer = {
    body: bodyOf(outcome),
    pauseMs: held ? 0 : (namedPause(outcome.response) ?? USUAL_PAUSE_MS),
  };
  return answer;
}

export type HistoryWish = { cursor?: string; subjectRef?: string | null; signal?: AbortSignal };

/** A page of the history, newest first. */
export async function listCases({ cursor, subjectRef, signal }: HistoryWish): Promise<CasePage> {
  const query = { limit: 30, cursor, subject_ref: subjectRef ?? undefined };
  return bodyOf(await client.GET('/v1/cases', { params: { query }, signal }));
}

/** The newest photos of one lesion, oldest first. Goes through its pages: a lesion has few photos. */
export async function listLesion(lesionRef: string, signal?: AbortSignal): Promise<CaseBody[]> {
  const found: CaseBody[] = [];
  let cursor: string | undefined;
  do {
    const params = { path: { lesion_ref: lesionRef }, query: { limit: 100, cursor } };
    const page = bodyOf(await client.GET('/v1/lesions/{lesion_ref}/cases', { params, signal }));
    found.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor);
  return found;
}

export async function eraseCase(id: string): Promise<void> {
  bodyOf(await client.DELETE('/v1/cases/{case_id}', { params: { path: { case_id: id } } }));
}
