import { unzlibSync } from 'fflate';

export type Pixels = { width: number; height: number; rgba: Uint8Array };

type Header = { width: number; height: number; channels: number };

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Colour types of the PNG specification (11.2.2) that phones write: true colour, and the same with alpha. */
const CHANNELS: Record<number, number> = { 2: 3, 6: 4 };

/**
 * Decodes a small PNG of 8 bits a channel without interlacing, as the phone's own image library writes it.
 * Throws RangeError for any other.
 */
export function decodePng(bytes: Uint8Array): Pixels {
  if (!SIGNATURE.every((byte, at) => bytes[at] === byte)) throw new RangeError('not a PNG');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const packed: Uint8Array[] = [];
  let header: Header | null = null;
  for (let at = 8; at + 8 <= bytes.length;) {
    const length = view.getUint32(at);
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (name === 'IHDR') header = headerOf(body);
    if (name === 'IDAT') packed.push(body);
    at += length + 12;
  }
  if (!header) throw new RangeError('a PNG without a header');
  return { width: header.width, height: header.height, rgba: unfilter(unzlibSync(joined(packed)), header) };
}

function headerOf(body: Uint8Array): Header {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const channels = CHANNELS[body[9] ?? -1];
  if (body[8] !== 8 || channels === undefined || body[12] !== 0) throw new RangeError('not a kind of PNG that is read');
  return { width: view.getUint32(0), height: view.getUint32(4), channels };
}

function joined(parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Undoes the filter of each row (PNG specification, 9.2) and gives every pixel four channels. */
function unfilter(raw: Uint8Array, { width, height, channels }: Header): Uint8Array {
  const stride = width * channels;
  if (raw.length < height * (stride + 1)) throw new RangeError('a PNG that ends too early');
  const rgba = new Uint8Array(width * height * 4).fill(255);
  let above = new Uint8Array(stride);
  for (let row = 0; row < height; row += 1) {
    const start = row * (stride + 1);
    const line = raw.slice(start + 1, start + 1 + stride);
    restore(line, above, { filter: raw[start] ?? 0, channels });
    for (let x = 0; x < width; x += 1) rgba.set(line.subarray(x * channels, (x + 1) * channels), (row * width + x) * 4);
    above = line;
  }
  return rgba;
}

function restore(line: Uint8Array, above: Uint8Array, { filter, channels }: { filter: number; channels: number }) {
  const predict = PREDICTORS[filter];
  if (!predict) throw new RangeError('a PNG with an unknown filter');
  for (let at = 0; at < line.length; at += 1) {
    const left = line[at - channels] ?? 0;
    const corner = at < channels ? 0 : (above[at - channels] ?? 0);
    line[at] = (line[at] ?? 0) + predict(left, above[at] ?? 0, corner);
  }
}

const PREDICTORS: ((left: number, up: number, corner: number) => number)[] = [
  () => 0,
  (left) => left,
  (_left, up) => up,
  (left, up) => (left + up) >> 1,
  (left, up, corner) => {
    const [a, b, c] = [left, up, corner].map((each) => Math.abs(left + up - corner - each)) as [number, number, number];
    if (a <= b && a <= c) return left;
    return b <= c ? up : corner;
  },
];
