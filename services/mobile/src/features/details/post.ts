import { outbox } from '@/features/outbox/outbox';
import type { DraftPhoto } from '@/features/capture/draft';
import { ownerOf, type Session } from '@/features/session/session';
import { randomId } from '@/lib/randomId';
import { metadataOf, type Form } from './form';

type Wish = { photo: DraftPhoto; form: Form; session: Session; subjectRef: string | null };

/** Puts a photo into the outbox and returns its key, under which it is known until it has a case. */
export async function post({ photo, form, session, subjectRef }: Wish): Promise<string> {
  const entry = {
    key: randomId(),
    owner: ownerOf(session),
    at: Date.now(),
    type: photo.type,
    metadata: metadataOf(form, { takenAt: photo.takenAt, subjectRef, now: new Date() }),
    way: null,
    refusal: null,
  };
  await outbox.add(entry, photo.file);
  return entry.key;
}
