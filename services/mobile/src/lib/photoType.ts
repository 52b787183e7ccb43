export type PhotoType = 'image/jpeg' | 'image/png' | 'image/webp' | 'image/heic';

const HEIC_BRANDS = new Set(['heic', 'heix', 'heim', 'heis']);
const GENERIC_BRANDS = new Set(['mif1', 'msf1']);
const text = (bytes: Uint8Array, from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));

/** The kind of photo that the first bytes (64 are enough) tell, or null for what the server does not take. */
export function photoType(head: Uint8Array): PhotoType | null {
  if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return 'image/jpeg';
  if (head[0] === 0x89 && text(head, 1, 4) === 'PNG') return 'image/png';
  if (text(head, 0, 4) === 'RIFF' && text(head, 8, 12) === 'WEBP') return 'image/webp';
  if (text(head, 4, 8) === 'ftyp' && namesHeic(head)) return 'image/heic';
  return null;
}

/** Brands that only say "some HEIF" may stand for AVIF: one that names HEVC stills must stand beside them. */
function namesHeic(head: Uint8Array): boolean {
  const major = text(head, 8, 12);
  if (!GENERIC_BRANDS.has(major)) return HEIC_BRANDS.has(major);
  const end = Math.min((head[2] ?? 0) * 256 + (head[3] ?? 0), head.length);
  for (let at = 16; at + 4 <= end; at += 4) if (HEIC_BRANDS.has(text(head, at, at + 4))) return true;
  return false;
}
