import type { PhotoFile } from './photoFile';

/** The file part of a form. Throws TypeError where the photo is not in memory, as it always is in a browser. */
export function imagePart(photo: PhotoFile): Blob {
  if (!photo.blob) throw new TypeError('a photo without its bytes');
  return photo.blob;
}
