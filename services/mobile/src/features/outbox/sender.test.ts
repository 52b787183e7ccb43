import type { CaseBody } from '@/api/client';
import type { PhotoFile } from '@/api/photoFile';
import { NoAnswer, Refused, SignedOut } from '@/api/problems';
import type { Submission, Way } from '@/api/submit';
import type { Box, Entry } from './entry';
import { Sender, type Post } from './sender';

/** Keeps entries as the real boxes do: what is read is a copy, what is removed is gone with its photo. */
function memoryBox(): Box & { rows: Map<string, { entry: Entry; photo: PhotoFile }> } {
  const rows = new Map<string, { entry: Entry; photo: PhotoFile }>();
  return {
    rows,
    list: async () => [...rows.values()].map((row) => structuredClone(row.entry)),
    add: async (entry, photo) => void rows.set(entry.key, { entry: structuredClone(entry), photo }),
    update: async (entry) => {
      const row = rows.get(entry.key);
      if (row) rows.set(entry.key, { ...row, entry: structuredClone(entry) });
    },
    photo: async (key) => {
      const row = rows.get(key);
      if (!row) throw new RangeError('no such photo');
      return row.photo;
    },
    remove: async (key) => void rows.delete(key),
  };
}

type Call = { key: string; way: Way };

/** A server that gives the answers of a list, in their order, and writes down what it was sent. */
function server(answers: (CaseBody | Error)[], ways: Way[] = []): Post & { calls: Call[] } {
  const calls: Call[] = [];
  return {
    calls,
    chooseWay: async () => ways.shift() ?? { kind: 'multipart' },
    submit: async ({ key }: Submission, way: Way) => {
      calls.push({ key, way });
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      if (!answer) throw new Error('one request too many');
      return answer;
    },
  };
}

const body = (id: string) => ({ id, state: 'accepted', version: 1 }) as CaseBody;
const entry = (key: string, owner = 'me'): Entry => ({
  ...{ key, owner, at: 0, type: 'image/jpeg', way: null, refusal: null },
  metadata: { modality: 'unknown' },
});
const refused = (status: number, code: string, headers: Record<string, string> = {}) =>
  new Refused(new Response(null, { status, headers }), { code, detail: code });

async function settled(sender: Sender): Promise<void> {
  await sender.round();
}

beforeEach(() => jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick', 'setImmediate'] }));
afterEach(() => jest.useRealTimers());

it('deletes the photo only after the server has it', async () => {
  const box = memoryBox();
  const sender = new Sender(box, () => 'me', server([body('case_1')]));
  await sender.add(entry('k1'), { uri: 'file:///photo' });
  await settled(sender);
  expect(box.rows.size).toBe(0);
  expect(sender.accepted.get()).toEqual({ k1: body('case_1') });
  expect(sender.state.get().entries).toEqual([]);
});

it('keeps the photo while nothing answers, and sends the same key again at the time that is named', async () => {
  const box = memoryBox();
  const post = server([new NoAnswer('away'), refused(503, 'busy', { 'Retry-After': '7' }), body('case_1')]);
  const sender = new Sender(box, () => 'me', post);
  await box.add(entry('k1'), { uri: 'file:///photo' });
  await settled(sender);
  expect(box.rows.size).toBe(1);
  await settled(sender);
  expect(sender.state.get().nextAt).toBe(Date.now() + 7000);
  jest.advanceTimersByTime(7000);
  await settled(sender);
  expect(box.rows.size).toBe(0);
  expect(post.calls.map((call) => call.key)).toEqual(['k1', 'k1', 'k1']);
});

it('goes on after the end of the app, the same way as before', async () => {
  const box = memoryBox();
  const direct: Way = { kind: 'direct', uploadId: 'upl_1' };
  const first = new Sender(box, () => 'me', server([new NoAnswer('away')], [direct]));
  await box.add(entry('k1'), { uri: 'file:///photo' });
  await settled(first);
  const post = server([body('case_1')], [{ kind: 'multipart' }]);
  await settled(new Sender(box, () => 'me', post));
  expect(post.calls).toEqual([{ key: 'k1', way: direct }]);
});

it('sends a photo anew whose upload is lost', async () => {
  const box = memoryBox();
  const post = server([refused(409, 'upload_missing'), body('case_1')], [{ kind: 'direct', uploadId: 'upl_1' }]);
  const sender = new Sender(box, () => 'me', post);
  await sender.add(entry('k1'), { uri: 'file:///photo' });
  await settled(sender);
  await settled(sender);
  expect(post.calls.map((call) => call.way.kind)).toEqual(['direct', 'multipart']);
});

it('shows what is refused for good, and goes on with the next', async () => {
  const box = memoryBox();
  const sender = new Sender(box, () => 'me', server([refused(415, 'unsupported_media'), body('case_2')]));
  await box.add(entry('k1'), { uri: 'file:///1' });
  await box.add(entry('k2'), { uri: 'file:///2' });
  await settled(sender);
  expect(sender.state.get().entries.map((each) => each.refusal?.code)).toEqual(['unsupported_media']);
  expect(Object.keys(sender.accepted.get())).toEqual(['k2']);
  await settled(sender);
});

it('leaves alone what belongs to somebody else, and stops without a session', async () => {
  const box = memoryBox();
  const post = server([new SignedOut('over')]);
  const sender = new Sender(box, () => 'me', post);
  await box.add(entry('k1', 'other'), { uri: 'file:///1' });
  await box.add(entry('k2'), { uri: 'file:///2' });
  await box.add(entry('k3'), { uri: 'file:///3' });
  await settled(sender);
  expect(post.calls.map((call) => call.key)).toEqual(['k2']);
  expect(sender.state.get().nextAt).toBeNull();
  await sender.clear('me');
  expect([...box.rows.keys()]).toEqual(['k1']);
});

it('says so when the device cannot read the photo any more', async () => {
  const box = memoryBox();
  box.photo = () => Promise.reject(new RangeError('no such photo'));
  const sender = new Sender(box, () => 'me', server([]));
  await sender.add(entry('k1'), { uri: 'file:///photo' });
  await settled(sender);
  expect(sender.state.get().entries[0]?.refusal?.code).toBe('unreadable');
});

it('does not know what waits before it knows for whom', async () => {
  const box = memoryBox();
  await box.add(entry('k1'), { uri: 'file:///photo' });
  let owner: string | null = null;
  const sender = new Sender(box, () => owner, server([new SignedOut('not yet')]));
  await settled(sender);
  expect(sender.state.get()).toMatchObject({ loaded: false, entries: [] });
  owner = 'me';
  await settled(sender);
  expect(sender.state.get()).toMatchObject({ loaded: true, entries: [{ key: 'k1' }] });
});
