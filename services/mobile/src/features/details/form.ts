import type { Metadata } from '@/api/client';
import { randomId } from '@/lib/randomId';

/** What somebody states about a photo. */
export type Form = {
  modality: NonNullable<Metadata['modality']>;
  site: string | null;
  /** Null for a new spot. */
  lesion: string | null;
  age: string;
  sex: NonNullable<Metadata['sex']>;
  consented: boolean;
};

export const EMPTY_FORM: Form = {
  modality: 'unknown',
  site: null,
  lesion: null,
  age: '',
  sex: 'unknown',
  consented: false,
};

/** The words that were agreed to. To be changed with `details.consent` in src/i18n. */
export const CONSENT_VERSION = 'app-1';

/** Whether an age that was typed can be sent; nothing typed can. */
export function isAge(typed: string): boolean {
  return typed.trim() === '' || (/^\d{1,3}$/.test(typed.trim()) && Number(typed) <= 120);
}

type Facts = { takenAt: string | null; subjectRef: string | null; now: Date };

/** What goes to the server beside the photo. The consent says when it was given: the photo may be sent much later. */
export function metadataOf(form: Form, facts: Facts): Metadata {
  return {
    modality: form.modality,
    lesion_ref: form.lesion ?? `spot-${randomId()}`,
    ...(form.site ? { body_site: form.site } : {}),
    ...(form.age.trim() ? { age: Number(form.age) } : {}),
    ...(form.sex === 'unknown' ? {} : { sex: form.sex }),
    ...(facts.takenAt ? { captured_at: facts.takenAt } : {}),
    ...(facts.subjectRef ? { subject_ref: facts.subjectRef } : {}),
    ...(form.consented ? { consent: { text_version: CONSENT_VERSION, given_at: facts.now.toISOString() } } : {}),
  };
}
