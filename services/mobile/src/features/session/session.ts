import { Platform } from 'react-native';

import { enrol, logout, refresh, whoIs, type DeviceTokens } from '@/api/devices';
import { ApiProblem, ownPause, passes } from '@/api/problems';
import { keepAccess, type Access } from '@/api/transport';
import { pause } from '@/lib/pause';
import { signal } from '@/lib/signal';
import { inTurn } from './inTurn';
import { vault } from './vault';

export type Session =
  | { kind: 'key'; server: string; token: string; clinic: Clinic }
  | { kind: 'device'; server: string; token: string; refreshToken: string | null; device: Device };

export type Clinic = { id: string; name: string };
export type Device = { id: string; subjectRef: string; clinic: Clinic };

/** `ended`: why there is no session any more. `unheard`: so often the server did not answer yet. */
export type SessionState = {
  status: 'starting' | 'out' | 'in';
  session: Session | null;
  ended: 'lost' | 'erased' | null;
  unheard: number;
};

const OUT: SessionState = { status: 'out', session: null, ended: null, unheard: 0 };
export const sessionState = signal<SessionState>({ ...OUT, status: 'starting' });

/** Opens what was kept from the last time, if it still counts or nobody can say. */
export async function resume(): Promise<void> {
  keepAccess({ access: currentAccess, renew });
  const kept = await vault.load();
  if (!kept) return sessionState.set(OUT);
  if (kept.kind === 'session') return enter(kept.session);
  for (let tries = 1; ; tries += 1) {
    try {
      return await inTurn(async () => adopt(kept.server, await refresh(kept.server, null)));
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      if (!passes(error)) return void (await leave('lost'));
      sessionState.set({ ...sessionState.get(), unheard: tries });
      await pause(ownPause(tries));
    }
  }
}

/** How the clinic sees the device listed; what somebody called their own phone is nobody's business. */
const NAMES: Partial<Record<typeof Platform.OS, string>> = {
  ios: 'iPhone or iPad',
  android: 'Android',
  web: 'Browser',
};

/** Connects this device by a clinic's code. Throws Refused, NoAnswer. */
export async function enrolByCode(server: string, code: string): Promise<void> {
  const wish = { code, name: NAMES[Platform.OS] ?? NAMES.web, cookie: vault.usesCookie };
  await adopt(server, await enrol(server, wish));
}

/** An operator's key, which opens no case. */
export class KeyOfNoClinic extends Error {}

/** Connects by a clinic's key, after the server has told whose it is. Throws Refused, NoAnswer, KeyOfNoClinic. */
export async function enterWithKey(server: string, key: string): Promise<void> {
  const { clinic } = await whoIs(server, key);
  if (!clinic) throw new KeyOfNoClinic();
  const session: Session = { kind: 'key', server, token: key, clinic };
  await vault.save(session);
  enter(session);
}

/** Ends the session here, and on the server if that answers. `erased`: with all data of the person, devices too. */
export async function signOut(ended: 'erased' | null = null): Promise<void> {
  if (ended === null && sessionState.get().session?.kind === 'device') {
    await logout().catch((error: unknown) => {
      if (!(error instanceof ApiProblem)) throw error;
    });
  }
  await leave(ended);
}

/** Whose photos wait on this device: the same for the same person or key's clinic, however often connected. */
export function ownerOf(session: Session): string {
  if (session.kind === 'key') return `key|${session.server}|${session.clinic.id}`;
  return `subject|${session.server}|${session.device.clinic.id}|${session.device.subjectRef}`;
}

function currentAccess(): Access | null {
  const { session } = sessionState.get();
  return session && { server: session.server, token: session.token };
}

/** Gets new tokens, once for however many calls found the old ones stale at the same time. */
function renew(stale: Access): Promise<Access | null> {
  return inTurn(async () => {
    const { session } = sessionState.get();
    if (!session || session.token !== stale.token) return currentAccess();
    if (session.kind === 'key') return leave('lost');
    try {
      await adopt(session.server, await refresh(session.server, session.refreshToken));
    } catch (error) {
      if (error instanceof ApiProblem && !passes(error)) return leave('lost');
      throw error;
    }
    return currentAccess();
  });
}

async function adopt(server: string, given: DeviceTokens): Promise<void> {
  const device: Device = { id: given.device_id, subjectRef: given.subject_ref, clinic: given.clinic };
  const refreshToken = given.refresh_token ?? null;
  const session: Session = { kind: 'device', server, token: given.access_token, refreshToken, device };
  await vault.save(session);
  enter(session);
}

function enter(session: Session): void {
  sessionState.set({ ...OUT, status: 'in', session });
}

async function leave(ended: SessionState['ended']): Promise<null> {
  await vault.clear();
  sessionState.set({ ...OUT, ended });
  return null;
}
