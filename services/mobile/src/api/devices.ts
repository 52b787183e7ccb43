import type { components } from './schema';
import { good, send, sendAnonymously } from './transport';

/** What enrolling and refreshing give. In a browser the refresh token is a cookie that no script can read. */
export type DeviceTokens = components['schemas']['SignedIn'];

type Enrolment = components['schemas']['EnrolDevice'];
type Refreshment = components['schemas']['RefreshDevice'];

const JSON_BODY = { 'Content-Type': 'application/json' };

/** Trades a clinic's code for tokens. Throws Refused for a code that does not count, and NoAnswer. */
export async function enrol(server: string, wish: Enrolment): Promise<DeviceTokens> {
  return tokens(server, '/v1/devices/enrol', wish);
}

/** New tokens for old ones; without a refresh token the cookie is used. Throws Refused, NoAnswer. */
export async function refresh(server: string, refreshToken: string | null): Promise<DeviceTokens> {
  const body: Refreshment = refreshToken === null ? {} : { refresh_token: refreshToken };
  return tokens(server, '/v1/devices/refresh', body);
}

/** Ends the tokens of this device. Throws Refused, NoAnswer, SignedOut. */
export async function logout(): Promise<void> {
  await good(await send('/v1/devices/logout', { method: 'POST' }));
}

/** Whom a key or a token is of. Throws Refused for one that does not count, and NoAnswer. */
export async function whoIs(server: string, token: string): Promise<components['schemas']['MeBody']> {
  const headers = { Authorization: `Bearer ${token}` };
  const answer = await good(await sendAnonymously(server, '/v1/me', { headers }));
  return (await answer.json()) as components['schemas']['MeBody'];
}

async function tokens(server: string, path: string, body: object): Promise<DeviceTokens> {
  const init = { method: 'POST', headers: JSON_BODY, body: JSON.stringify(body) };
  const answer = await good(await sendAnonymously(server, path, init));
  return (await answer.json()) as DeviceTokens;
}
