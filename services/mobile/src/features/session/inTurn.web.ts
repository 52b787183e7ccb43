/**
 * Runs one piece of work after the other, in every tab of this browser: they share the cookie that refreshes, which
 * counts once. Browsers on an origin that is not safe have no locks; there, tabs may end each other's session.
 */
export function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (!('locks' in navigator)) return work();
  return navigator.locks.request('lesionlens-session', work) as Promise<T>;
}
