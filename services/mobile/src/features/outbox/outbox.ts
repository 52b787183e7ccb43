import { useEffect, useSyncExternalStore } from 'react';

import type { CaseBody } from '@/api/client';
import { ownerOf, sessionState } from '@/features/session/session';
import { box } from './box';
import { onWake } from './onWake';
import { Sender, type OutboxState } from './sender';

const owner = () => {
  const { session } = sessionState.get();
  return session && ownerOf(session);
};

export const outbox = new Sender(box, owner);

/** Sends what waits: now, whenever a session begins, and whenever the app or the network comes back. */
export function useSending(): void {
  useEffect(() => {
    const wake = () => outbox.wake();
    wake();
    const offSession = sessionState.subscribe(wake);
    const offWake = onWake(wake);
    return () => {
      offSession();
      offWake();
    };
  }, []);
}

export function useOutbox(): OutboxState {
  return useSyncExternalStore(outbox.state.subscribe, outbox.state.get, outbox.state.get);
}

/** The case that a photo became while the app runs; null as long as it waits. */
export function useAccepted(key: string): CaseBody | null {
  const all = useSyncExternalStore(outbox.accepted.subscribe, outbox.accepted.get, outbox.accepted.get);
  return all[key] ?? null;
}
