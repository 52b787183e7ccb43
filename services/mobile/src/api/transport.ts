import { NoAnswer, Refused, SignedOut } from './problems';

/** Where the server is, and what opens it. */
export type Access = { server: string; token: string };

/** Whoever keeps the tokens. `renew` gets new ones for those that no longer count, or null where that cannot be. */
export type Keeper = { access: () => Access | null; renew: (stale: Access) => Promise<Access | null> };

const NOBODY: Keeper = { access: () => null, renew: () => Promise.resolve(null) };
let keeper: Keeper = NOBODY;

export function keepAccess(next: Keeper): void {
  keeper = next;
}

export function currentAccess(): Access | null {
  return keeper.access();
}

/**
 * Asks the server as this device and returns whatever it answers; asks once more with new tokens where the old ones
 * have run out. Throws NoAnswer, and SignedOut where there are no tokens or none that count.
 */
export async function send(path: string, init: RequestInit = {}): Promise<Response> {
  const access = keeper.access();
  if (!access) throw new SignedOut('no token');
  const answer = await sendTo(access, path, init);
  if (answer.status !== 401) return answer;
  const renewed = await keeper.renew(access);
  if (!renewed) throw new SignedOut('the token does not count');
  return sendTo(renewed, path, init);
}

/** As `send`, but only a good answer is returned: throws Refused for any other. */
export async function sendOk(path: string, init: RequestInit = {}): Promise<Response> {
  return good(await send(path, init));
}

/** Asks a server without a token. Throws NoAnswer. */
export async function sendAnonymously(server: string, path: string, init: RequestInit): Promise<Response> {
  return ask(`${server}${path}`, { ...init, credentials: 'same-origin' });
}

/** Posts a form to another server, such as the store of direct uploads, which gets neither token nor cookie. */
export async function postForm(url: string, form: FormData, signal?: AbortSignal): Promise<Response> {
  return ask(url, { method: 'POST', body: form, credentials: 'omit', signal });
}

/** Throws Refused for an answer that is none of 2xx and 304. */
export async function good(answer: Response): Promise<Response> {
  if (answer.ok || answer.status === 304) return answer;
  const body: unknown = await answer.json().catch(() => null);
  throw new Refused(answer, body);
}

async function sendTo({ server, token }: Access, path: string, init: RequestInit): Promise<Response> {
  const headers = { ...(init.headers as Record<string, string> | undefined), Authorization: `Bearer ${token}` };
  return ask(`${server}${path}`, { ...init, headers, cache: 'no-store', credentials: 'same-origin' });
}

async function ask(url: string, init: RequestInit): Promise<Response> {
  try {
    // Not captured at import: Expo replaces the global one, and tests do.
    return await globalThis.fetch(url, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new NoAnswer(error instanceof Error ? error.message : String(error));
  }
}
