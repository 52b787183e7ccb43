import type { Metadata } from '@/api/client';
import type { PhotoFile } from '@/api/photoFile';
import type { Way } from '@/api/submit';
import type { PhotoType } from '@/lib/photoType';

/** A photo that waits to be sent, with everything that its submission needs. Written down before the first try. */
export type Entry = {
  /** Its Idempotency-Key: however often it is sent, it becomes one case. */
  key: string;
  /** Whose it is; nobody else's session sends it. */
  owner: string;
  /** Milliseconds since 1970. */
  at: number;
  type: PhotoType;
  metadata: Metadata;
  /** Chosen once, before the first submission. */
  way: Way | null;
  /** Why the server does not take it; null while it may still be taken. */
  refusal: { code: string; detail: string; requestId: string } | null;
};

/** Where entries and their photos are kept so that they survive the end of the app. */
export type Box = {
  list: () => Promise<Entry[]>;
  /** Keeps a copy of the photo, then the entry: an entry never stands without its photo. */
  add: (entry: Entry, photo: PhotoFile) => Promise<void>;
  update: (entry: Entry) => Promise<void>;
  photo: (key: string) => Promise<PhotoFile>;
  remove: (key: string) => Promise<void>;
};
