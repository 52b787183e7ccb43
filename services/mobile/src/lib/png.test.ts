import { zlibSync } from 'fflate';

import { decodePng } from './png';

function chunk(name: string, body: number[]): number[] {
  const length = [24, 16, 8, 0].map((shift) => (body.length >> shift) & 255);
  return [...length, ...[...name].map((letter) => letter.charCodeAt(0)), ...body, 0, 0, 0, 0];
}

function png(rows: number[][], options: { width: number; colour: number; depth?: number }): Uint8Array {
  const header = [0, 0, 0, options.width, 0, 0, 0, rows.length, options.depth ?? 8, options.colour, 0, 0, 0];
  const packed = [...zlibSync(Uint8Array.from(rows.flat()))];
  const half = Math.floor(packed.length / 2);
  return Uint8Array.from([
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...chunk('IHDR', header),
    ...chunk('IDAT', packed.slice(0, half)),
    ...chunk('IDAT', packed.slice(half)),
    ...chunk('IEND', []),
  ]);
}

// Two pixels a row: 10 20 30 and 40 50 60; each row is the one above plus one, written with another filter.
const FILTERED = [
  [0, 10, 20, 30, 40, 50, 60],
  [1, 11, 21, 31, 30, 30, 30],
  [2, 1, 1, 1, 1, 1, 1],
  [3, 7, 12, 17, 16, 16, 16],
  [4, 1, 1, 1, 1, 1, 1],
];

it('undoes each of the five filters', () => {
  const { width, height, rgba } = decodePng(png(FILTERED, { width: 2, colour: 2 }));
  expect([width, height]).toEqual([2, 5]);
  for (let row = 0; row < 5; row += 1) {
    const pixels = [...rgba.subarray(row * 8, row * 8 + 8)];
    expect(pixels).toEqual([10 + row, 20 + row, 30 + row, 255, 40 + row, 50 + row, 60 + row, 255]);
  }
});

it('keeps alpha where there is one', () => {
  const { rgba } = decodePng(png([[0, 1, 2, 3, 4]], { width: 1, colour: 6 }));
  expect([...rgba]).toEqual([1, 2, 3, 4]);
});

it.each([
  ['no PNG', Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 0, 0, 0, 0, 0])],
  ['palettes', png([[0, 1]], { width: 1, colour: 3 })],
  ['16 bits', png([[0, 1, 2, 3]], { width: 1, colour: 2, depth: 16 })],
  ['missing rows', png([[0, 1]], { width: 1, colour: 2 })],
  ['a filter that is none', png([[9, 1, 2, 3]], { width: 1, colour: 2 })],
])('refuses %s', (_name, bytes) => {
  expect(() => decodePng(bytes)).toThrow(RangeError);
});
