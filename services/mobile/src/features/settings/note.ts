import { File, Paths } from 'expo-file-system';

export type Note = { read: () => Promise<string | null>; write: (text: string) => Promise<void> };

const file = () => new File(Paths.document, 'preferences.json');

/** A small file of the app. */
export const note: Note = {
  read: async () => (file().exists ? file().text() : null),
  write: async (text) => file().write(text),
};
