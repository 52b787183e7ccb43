import { photoType } from './photoType';

const bytes = (...parts: (string | number[])[]) =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...part].map((c) => c.charCodeAt(0)) : part)));

it.each([
  ['image/jpeg', bytes([0xff, 0xd8, 0xff, 0xe0])],
  ['image/png', bytes([0x89], 'PNG')],
  ['image/webp', bytes('RIFF', [0, 0, 0, 0], 'WEBP')],
  ['image/heic', bytes([0, 0, 0, 24], 'ftypheic', [0, 0, 0, 0], 'mif1heic')],
  ['image/heic', bytes([0, 0, 0, 24], 'ftypmif1', [0, 0, 0, 0], 'mif1heic')],
  [null, bytes([0, 0, 0, 24], 'ftypmif1', [0, 0, 0, 0], 'mif1avif')],
  [null, bytes([0, 0, 0, 24], 'ftypavif', [0, 0, 0, 0], 'mif1heic')],
  [null, bytes('GIF89a')],
  [null, bytes('')],
])('%s', (kind, head) => {
  expect(photoType(head)).toBe(kind);
});
