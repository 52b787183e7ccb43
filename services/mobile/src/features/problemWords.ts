import { NoAnswer, Refused, SignedOut } from '@/api/problems';
import type { Strings } from '@/i18n/en';

/** What to tell a person of a problem, line by line. */
export function problemWords(problem: unknown, t: Strings): string[] {
  if (problem instanceof NoAnswer) return [t.problem.noAnswer];
  if (problem instanceof SignedOut) return [t.problem.codes['unauthenticated'] ?? ''];
  if (problem instanceof Refused) {
    // Not in the server's own form: from something between it and us.
    if (problem.code === 'unknown') return [t.problem.unknown(problem.status)];
    return refusalWords({ code: problem.code, detail: problem.message, requestId: problem.requestId }, t);
  }
  return [problem instanceof Error ? problem.message : String(problem)];
}

/** What to tell of a refusal: our own words where there are some, else the server's; and how to ask about it. */
export function refusalWords(refusal: { code: string; detail: string; requestId: string }, t: Strings): string[] {
  const said = t.problem.codes[refusal.code] ?? refusal.detail;
  return refusal.requestId ? [said, t.problem.reference(refusal.requestId)] : [said];
}
