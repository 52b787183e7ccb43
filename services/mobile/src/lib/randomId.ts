import { getRandomBytes } from 'expo-crypto';

/** 128 random bits in hex. Not `randomUUID`: browsers have that on safe origins only. */
export function randomId(): string {
  return Array.from(getRandomBytes(16), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
