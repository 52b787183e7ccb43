import type { components } from './schema';

type Problem = components['schemas']['Problem'];

/**
 * Whatever ended a call.
 *
 *     ApiProblem
 *     ├── Refused     the server said no: status, code, detail, requestId
 *     ├── NoAnswer    the server could not be reached, or its answer cannot be read
 *     └── SignedOut   there is no token to ask with, or none that still counts
 */
export class ApiProblem extends Error {}

export class Refused extends ApiProblem {
  readonly status: number;
  readonly code: string;
  readonly requestId: string;
  /** Milliseconds that the server asks to wait for before the next try; null if it names none. */
  readonly retryAfterMs: number | null;

  constructor(answer: Response, body: unknown) {
    const said = (typeof body === 'object' && body !== null ? body : {}) as Partial<Problem>;
    super(said.detail ?? said.title ?? `${answer.status}`);
    this.status = answer.status;
    this.code = said.code ?? 'unknown';
    this.requestId = said.request_id ?? answer.headers.get('X-Request-Id') ?? '';
    this.retryAfterMs = namedPause(answer);
  }
}

export class NoAnswer extends ApiProblem {}

export class SignedOut extends ApiProblem {}

const PASSING = new Set(['idempotency_in_flight', 'subject_being_erased']);

/** Whether the same request may be answered otherwise after a while. */
export function passes(problem: unknown): boolean {
  if (problem instanceof NoAnswer) return true;
  if (!(problem instanceof Refused)) return false;
  return [408, 429].includes(problem.status) || problem.status >= 500 || PASSING.has(problem.code);
}

/** Milliseconds of `Retry-After`, which may also be a date; null if there is none that makes sense. */
export function namedPause(answer: Response): number | null {
  const named = answer.headers.get('Retry-After')?.trim() ?? '';
  if (/^\d+$/.test(named)) return Number(named) * 1000;
  const until = Date.parse(named);
  return Number.isNaN(until) ? null : Math.max(0, until - Date.now());
}

/** A pause that grows with each try, not the same for everybody whom one outage met at the same moment. */
export function ownPause(tries: number): number {
  return Math.min(30_000, 1000 * 2 ** Math.min(tries, 6)) * (0.5 + Math.random() / 2);
}
