import { NoAnswer, SignedOut } from '@/api/problems';
import { send } from '@/api/transport';
import { enrolByCode, enterWithKey, KeyOfNoClinic, ownerOf, resume, sessionState, signOut } from './session';

const SERVER = 'https://clinic.example';
const mockKept = new Map<string, string>();

// The keychain of the device.
jest.mock('expo-secure-store', () => ({
  AFTER_FIRST_UNLOCK_THIS_DEVICE_ONLY: 1,
  getItemAsync: async (name: string) => mockKept.get(name) ?? null,
  setItemAsync: async (name: string, value: string) => void mockKept.set(name, value),
  deleteItemAsync: async (name: string) => void mockKept.delete(name),
}));

type Call = { path: string; token: string | null; body: string };
type Answer = { status: number; body: unknown } | Error;
const calls: Call[] = [];
let answer: (call: Call) => Answer;

const pair = (n: number) => ({
  device_id: 'dev_1',
  access_token: `lla_${n}`,
  access_expires_at: '2026-11-26T12:00:00Z',
  refresh_token: `llr_${n}`,
  refresh_expires_at: '2027-02-24T12:00:00Z',
  subject_ref: 'patient-17',
  clinic: { id: 'cli_1', name: 'Practice' },
});
const ok = (body: unknown): Answer => ({ status: 200, body });
const refused = (status: number, code: string): Answer => ({ status, body: { code } });
const isKept = (text: string) => [...mockKept.values()].some((each) => each.includes(text));

beforeEach(async () => {
  calls.length = 0;
  mockKept.clear();
  globalThis.fetch = (async (url: string, init: RequestInit) => {
    const token = (init.headers as Record<string, string>)['Authorization']?.replace('Bearer ', '') ?? null;
    const call = { path: url.replace(SERVER, ''), token, body: String(init.body ?? '') };
    calls.push(call);
    const said = answer(call);
    if (said instanceof Error) throw said;
    return Response.json(said.body, { status: said.status });
  }) as typeof fetch;
  await resume();
});

async function enrolled(): Promise<void> {
  answer = () => ok(pair(1));
  await enrolByCode(SERVER, '7M4TQ-ZC5HD');
  calls.length = 0;
}

it('trades a code for tokens and keeps them', async () => {
  await enrolled();
  expect(sessionState.get().status).toBe('in');
  expect(isKept('llr_1')).toBe(true);
  sessionState.set({ status: 'starting', session: null, ended: null, unheard: 0 });
  await resume();
  expect(sessionState.get().session).toMatchObject({ token: 'lla_1', device: { subjectRef: 'patient-17' } });
});

it('renews stale tokens once for many calls, and keeps the next before it is used', async () => {
  await enrolled();
  answer = ({ path, token }) => {
    if (path === '/v1/devices/refresh') return ok(pair(2));
    return token === 'lla_2' ? ok({}) : refused(401, 'unauthenticated');
  };
  const keptWhenUsed: boolean[] = [];
  const stop = sessionState.subscribe(() => keptWhenUsed.push(isKept('llr_2')));
  const answers = await Promise.all([send('/v1/cases'), send('/v1/cases'), send('/v1/cases')]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  const renewals = calls.filter(({ path }) => path === '/v1/devices/refresh');
  expect(renewals.map(({ body }) => JSON.parse(body))).toEqual([{ refresh_token: 'llr_1' }]);
  expect(keptWhenUsed).toEqual([true]);
  stop();
});

it.each([
  [401, 'unauthenticated'],
  [409, 'refresh_reused'],
])('is signed out by %s %s', async (status, code) => {
  await enrolled();
  answer = ({ path }) => (path === '/v1/devices/refresh' ? refused(status, code) : refused(401, 'unauthenticated'));
  await expect(send('/v1/cases')).rejects.toThrow(SignedOut);
  expect(sessionState.get()).toMatchObject({ status: 'out', ended: 'lost' });
  expect(mockKept.size).toBe(0);
});

it.each([
  ['no network', new TypeError('Network request failed')],
  ['a server in trouble', refused(503, 'database_unavailable')],
  ['too many requests', refused(429, 'rate_limited')],
])('stays signed in with %s', async (_name, trouble) => {
  await enrolled();
  answer = ({ path }) => (path === '/v1/devices/refresh' ? trouble : refused(401, 'unauthenticated'));
  await expect(send('/v1/cases')).rejects.toThrow();
  expect(sessionState.get().status).toBe('in');
  expect(isKept('llr_1')).toBe(true);
});

it('leaves nothing behind when it disconnects, whether the server hears of it or not', async () => {
  await enrolled();
  answer = () => new TypeError('Network request failed');
  await signOut();
  expect(sessionState.get()).toMatchObject({ status: 'out', ended: null });
  expect(mockKept.size).toBe(0);
  await expect(send('/v1/cases')).rejects.toThrow(SignedOut);
});

it('keeps what waits apart by clinic and by person', async () => {
  const owners = new Set<string>();
  const note = () => {
    const { session } = sessionState.get();
    if (session) owners.add(ownerOf(session));
  };
  for (const id of ['cli_1', 'cli_2']) {
    answer = () => ok({ clinic: { id, name: 'Practice' } });
    await enterWithKey(SERVER, 'll_key');
    note();
  }
  await enrolled();
  note();
  expect(owners.size).toBe(3);
});

it('takes no key of an operator, and says when no server answers', async () => {
  answer = () => ok({ clinic: null });
  await expect(enterWithKey(SERVER, 'll_admin')).rejects.toThrow(KeyOfNoClinic);
  answer = () => new TypeError('Network request failed');
  await expect(enterWithKey(SERVER, 'll_key')).rejects.toThrow(NoAnswer);
});
