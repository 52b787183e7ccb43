import { File } from 'expo-file-system';
import { ImageManipulator, SaveFormat } from 'expo-image-manipulator';

import type { PhotoFile } from '@/api/photoFile';
import { bytesOfBase64 } from '@/lib/base64';
import { COPY_SIDE, greyOf, type Grey } from '@/lib/photoMeasures';
import { decodePng } from '@/lib/png';

/** What the picker or the camera of a platform gives. */
export type Found = { uri: string; file?: Blob };

export async function photoOf(found: Found): Promise<PhotoFile> {
  return { uri: found.uri };
}

/** The first bytes of a photo, and how many it has. */
export async function headOf({ uri }: PhotoFile): Promise<{ head: Uint8Array; size: number }> {
  const file = new File(uri);
  const handle = file.open();
  try {
    return { head: handle.readBytes(64), size: file.size };
  } finally {
    handle.close();
  }
}

/** A small grey copy of a photo; null where this device cannot read it. */
export async function smallCopy({ uri }: PhotoFile): Promise<Grey | null> {
  try {
    const whole = await ImageManipulator.manipulate(uri).renderAsync();
    const scale = COPY_SIDE / Math.min(whole.width, whole.height);
    const size = { width: Math.round(whole.width * scale), height: Math.round(whole.height * scale) };
    const small = await ImageManipulator.manipulate(whole).resize(size).renderAsync();
    const saved = await small.saveAsync({ format: SaveFormat.PNG, base64: true });
    new File(saved.uri).delete();
    const { rgba, width, height } = decodePng(bytesOfBase64(saved.base64 ?? ''));
    return greyOf(rgba, width, height);
  } catch {
    return null; // only a hint is lost: the server looks at every photo
  }
}
