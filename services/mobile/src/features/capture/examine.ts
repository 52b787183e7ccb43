import type { PhotoFile } from '@/api/photoFile';
import { concerns, measure, type PhotoConcern } from '@/lib/photoMeasures';
import { photoType, type PhotoType } from '@/lib/photoType';
import { headOf, smallCopy } from './photoBytes';

/** What the server takes at most. */
const MOST_BYTES = 15_000_000;

export type Verdict =
  | { usable: true; type: PhotoType; concerns: PhotoConcern[] | null }
  | { usable: false; because: 'unknownKind' | 'tooLarge' };

/** Looks at a photo before it is sent: what the server would refuse anyway, and what is likely to spoil the result. */
export async function examine(photo: PhotoFile): Promise<Verdict> {
  const { head, size } = await headOf(photo);
  const type = photoType(head);
  if (!type) return { usable: false, because: 'unknownKind' };
  if (size > MOST_BYTES) return { usable: false, because: 'tooLarge' };
  const copy = await smallCopy(photo);
  return { usable: true, type, concerns: copy && concerns(measure(copy)) };
}
