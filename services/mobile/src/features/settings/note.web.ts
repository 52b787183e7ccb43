import type { Note } from './note';

const NAME = 'lesionlens.preferences';

export const note: Note = {
  read: async () => localStorage.getItem(NAME),
  write: async (text) => localStorage.setItem(NAME, text),
};
