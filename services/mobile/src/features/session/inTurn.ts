let last: Promise<unknown> = Promise.resolve();

/** Runs one piece of work after the other, in the order of asking. */
export function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const next = last.then(work, work);
  last = next.catch(() => undefined);
  return next;
}
