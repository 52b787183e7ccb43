import { File, Paths } from 'expo-file-system';
import { shareAsync } from 'expo-sharing';

/** Hands a file to whichever app its owner chooses; ours keeps no copy. */
export async function keepFile(name: string, content: ArrayBuffer): Promise<void> {
  const file = new File(Paths.cache, name);
  file.write(new Uint8Array(content));
  try {
    await shareAsync(file.uri);
  } finally {
    file.delete();
  }
}
