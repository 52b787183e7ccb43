import { useSyncExternalStore } from 'react';

import type { Language } from '@/i18n/WordsProvider';
import { signal } from '@/lib/signal';
import type { Appearance } from '@/theme/ThemeProvider';
import { note } from './note';

/** What somebody chose about how the app looks. Nothing in it is about a person. */
export type Preferences = { language: Language; appearance: Appearance };

const USUAL: Preferences = { language: 'system', appearance: 'system' };
const state = signal<Preferences>(USUAL);

export async function loadPreferences(): Promise<void> {
  const kept = await note.read();
  if (kept !== null) state.set({ ...USUAL, ...(JSON.parse(kept) as Partial<Preferences>) });
}

export function prefer(change: Partial<Preferences>): void {
  state.set({ ...state.get(), ...change });
  void note.write(JSON.stringify(state.get()));
}

export function usePreferences(): Preferences {
  return useSyncExternalStore(state.subscribe, state.get, state.get);
}
