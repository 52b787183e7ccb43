import { File } from 'expo-file-system';

import type { PhotoFile } from './photoFile';

/** The file part of a form. Expo's fetch takes its own File there, and refuses React Native's `{uri, name, type}`. */
export function imagePart(photo: PhotoFile): Blob {
  return new File(photo.uri) as unknown as Blob;
}
