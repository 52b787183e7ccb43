import * as SecureStore from 'expo-secure-store';

import type { Session } from './session';

/** A whole session, or, in a browser, only that there is a cookie which may open one at this server. */
export type Kept = { kind: 'session'; session: Session } | { kind: 'cookie'; server: string };

export type Vault = {
  usesCookie: boolean;
  load: () => Promise<Kept | null>;
  save: (session: Session) => Promise<void>;
  clear: () => Promise<void>;
};

const NAME = 'lesionlens.session';
const HERE_ONLY = { keychainAccessible: SecureStore.AFTER_FIRST_UNLOCK_THIS_DEVICE_ONLY };

/** Tokens in the keychain of the phone, which no backup takes to another. */
export const vault: Vault = {
  usesCookie: false,
  load: async () => {
    const kept = await SecureStore.getItemAsync(NAME, HERE_ONLY);
    return kept === null ? null : { kind: 'session', session: JSON.parse(kept) as Session };
  },
  save: (session) => SecureStore.setItemAsync(NAME, JSON.stringify(session), HERE_ONLY),
  clear: () => SecureStore.deleteItemAsync(NAME, HERE_ONLY),
};
