import { CONSENT_VERSION, EMPTY_FORM, isAge, metadataOf } from './form';

const NOW = new Date('2026-11-26T12:00:00.000Z');

it('says nothing that nobody stated', () => {
  const metadata = metadataOf(EMPTY_FORM, { takenAt: null, subjectRef: null, now: NOW });
  expect(metadata).toEqual({
    modality: 'unknown',
    lesion_ref: expect.stringMatching(/^spot-[0-9a-f]{32}$/),
  });
});

it('says what was stated, and keeps the spot that it belongs to', () => {
  const form = {
    ...EMPTY_FORM,
    modality: 'dermoscopy',
    site: 'left arm',
    lesion: 'spot-1',
    age: ' 54 ',
    sex: 'female',
    consented: true,
  } as const;
  expect(metadataOf(form, { takenAt: '2026-11-20T10:00:00.000Z', subjectRef: 'p-1', now: NOW })).toEqual({
    modality: 'dermoscopy',
    body_site: 'left arm',
    lesion_ref: 'spot-1',
    age: 54,
    sex: 'female',
    captured_at: '2026-11-20T10:00:00.000Z',
    subject_ref: 'p-1',
    consent: { text_version: CONSENT_VERSION, given_at: '2026-11-26T12:00:00.000Z' },
  });
});

it.each([
  ['', true],
  ['0', true],
  ['120', true],
  ['121', false],
  ['-1', false],
  ['4.5', false],
  ['old', false],
])('age %s: %s', (typed, fits) => {
  expect(isAge(typed)).toBe(fits);
});
