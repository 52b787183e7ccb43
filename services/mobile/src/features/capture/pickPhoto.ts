import { launchImageLibraryAsync } from 'expo-image-picker';

import type { Found } from './photoBytes';

/** A photo from the gallery, as it was stored: a copy that the picker made smaller would be another photo. */
export async function pickPhoto(): Promise<Found | null> {
  const result = await launchImageLibraryAsync({ mediaTypes: ['images'], quality: 1, exif: false });
  const [asset] = result.assets ?? [];
  return asset ? { uri: asset.uri } : null;
}
