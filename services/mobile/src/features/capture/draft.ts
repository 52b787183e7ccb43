import { useSyncExternalStore } from 'react';

import type { PhotoFile } from '@/api/photoFile';
import type { PhotoConcern } from '@/lib/photoMeasures';
import type { PhotoType } from '@/lib/photoType';
import { signal } from '@/lib/signal';

/** A photo that was taken or chosen and is not sent yet. */
export type DraftPhoto = {
  file: PhotoFile;
  type: PhotoType;
  /** When it was taken, if this app took it. */
  takenAt: string | null;
  /** What the phone has against it; null where it could not look. */
  concerns: PhotoConcern[] | null;
};

/** `lesion`: the spot that it is to be another photo of. */
export type Draft = { photo: DraftPhoto | null; lesion: string | null };

const NONE: Draft = { photo: null, lesion: null };
const state = signal<Draft>(NONE);

export function changeDraft(change: Partial<Draft>): void {
  state.set({ ...state.get(), ...change });
}

export function clearDraft(): void {
  state.set(NONE);
}

export function useDraft(): Draft {
  return useSyncExternalStore(state.subscribe, state.get, state.get);
}
