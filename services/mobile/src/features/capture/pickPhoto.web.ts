import type { Found } from './photoBytes';

/** Browsers that do not know HEIC would hide such photos, and give them no type: the bytes tell, later. */
const OFFERED = 'image/*,.heic,.heif';

/** A photo from the disk or the gallery of the device; null where nothing was chosen. */
export function pickPhoto(): Promise<Found | null> {
  const input = document.createElement('input');
  input.type = 'file';
  input.accept = OFFERED;
  return new Promise((resolve) => {
    input.addEventListener('cancel', () => resolve(null));
    input.addEventListener('change', () => {
      const file = input.files?.[0];
      resolve(file ? { uri: '', file } : null);
    });
    input.click();
  });
}
