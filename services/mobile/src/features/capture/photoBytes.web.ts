import type { PhotoFile } from '@/api/photoFile';
import { bytesOfDataUri } from '@/lib/base64';
import { COPY_SIDE, greyOf, type Grey } from '@/lib/photoMeasures';
import type { Found } from './photoBytes';

/** The photo in memory. A browser's camera gives a `data:` address, its picker a file. */
export async function photoOf({ uri, file }: Found): Promise<PhotoFile> {
  const blob = file ?? blobOf(uri);
  return { uri: URL.createObjectURL(blob), blob };
}

export async function headOf({ blob }: PhotoFile): Promise<{ head: Uint8Array; size: number }> {
  const start = (await blob?.slice(0, 64).arrayBuffer()) ?? new ArrayBuffer(0);
  return { head: new Uint8Array(start), size: blob?.size ?? 0 };
}

/** A small grey copy of a photo; null where this browser cannot read it, as most cannot read HEIC. */
export async function smallCopy({ blob }: PhotoFile): Promise<Grey | null> {
  const whole = blob && (await createImageBitmap(blob).catch(() => null));
  if (!whole) return null;
  const scale = COPY_SIDE / Math.min(whole.width, whole.height);
  const [width, height] = [Math.round(whole.width * scale), Math.round(whole.height * scale)];
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  if (!pen) return null;
  pen.imageSmoothingQuality = 'high';
  pen.drawImage(whole, 0, 0, width, height);
  return greyOf(pen.getImageData(0, 0, width, height).data, width, height);
}

function blobOf(uri: string): Blob {
  const { bytes, type } = bytesOfDataUri(uri);
  return new Blob([bytes], { type });
}
