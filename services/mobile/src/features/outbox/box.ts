import { Directory, File, Paths } from 'expo-file-system';

import type { Box, Entry } from './entry';

const PHOTO = 'photo';
const ENTRY = 'entry.json';
const DRAFT = 'entry.draft';

const all = () => new Directory(Paths.document, 'outbox');
const folder = (key: string) => new Directory(all(), key);

/** One folder for each photo, in the documents of the app. The entry comes last and whole: a rename, not a write. */
export const box: Box = {
  list: async () => {
    if (!all().exists) return [];
    const found: Entry[] = [];
    for (const each of all().list()) {
      if (!(each instanceof Directory)) continue;
      const entry = new File(each, ENTRY);
      if (entry.exists) found.push(JSON.parse(await entry.text()) as Entry);
      else each.delete(); // the app ended before the photo was kept whole
    }
    return found.sort((one, other) => one.at - other.at);
  },
  add: async (entry, photo) => {
    folder(entry.key).create({ intermediates: true, idempotent: true });
    await new File(photo.uri).copy(new File(folder(entry.key), PHOTO));
    await write(entry);
  },
  update: write,
  photo: async (key) => ({ uri: new File(folder(key), PHOTO).uri }),
  remove: async (key) => {
    if (folder(key).exists) folder(key).delete();
  },
};

async function write(entry: Entry): Promise<void> {
  const draft = new File(folder(entry.key), DRAFT);
  draft.write(JSON.stringify(entry));
  await draft.move(new File(folder(entry.key), ENTRY), { overwrite: true });
}
