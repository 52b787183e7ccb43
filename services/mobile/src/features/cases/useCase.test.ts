import type { CaseAnswer } from '@/api/cases';
import type { CaseBody, CaseState } from '@/api/client';
import { follow, pauseBefore } from './useCase';

const answer = (state: CaseState, version: number, pauseMs = 0): CaseAnswer => ({
  body: { id: 'case_1', state, version } as CaseBody,
  pauseMs,
});

it('asks plainly first, then waits beyond the version that is known', async () => {
  const wishes: object[] = [];
  const ask = async (wish: object) => {
    wishes.push(wish);
    return answer('processing', wishes.length);
  };
  const first = await follow(undefined, ask);
  await follow(first, ask);
  expect(wishes).toEqual([{}, { since: 1, waitS: 20 }]);
});

it('does not go back to what it knew before', async () => {
  const known = answer('completed', 3);
  const late = await follow(answer('processing', 2), async () => answer('accepted', 1));
  expect(late.body.version).toBe(2);
  expect((await follow(known, async () => answer('processing', 2))).body).toBe(known.body);
});

it('takes a new place in the queue, which changes no version', async () => {
  const next = answer('accepted', 1);
  expect((await follow(answer('accepted', 1), async () => next)).body).toBe(next.body);
});

it('asks again at once where the server has waited, and at the named time where it has not', () => {
  expect(pauseBefore(answer('accepted', 1, 0))).toBe(50);
  expect(pauseBefore(answer('processing', 1, 2000))).toBe(2000);
});

it.each(['completed', 'rejected', 'failed', 'canceled', 'expired', 'erased'] as const)('stops at %s', (state) => {
  expect(pauseBefore(answer(state, 1, 1000))).toBe(false);
});
