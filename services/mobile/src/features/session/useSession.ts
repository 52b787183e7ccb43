import { useSyncExternalStore } from 'react';

import { sessionState, type Session, type SessionState } from './session';

export function useSessionState(): SessionState {
  return useSyncExternalStore(sessionState.subscribe, sessionState.get, sessionState.get);
}

export function useSession(): Session | null {
  return useSessionState().session;
}

/** The pseudonym under which this device's photos stand; null with a clinic's key, which has none. */
export function useSubjectRef(): string | null {
  const session = useSession();
  return session?.kind === 'device' ? session.device.subjectRef : null;
}
