/** A picture in grey, 0 to 255, row by row. */
export type Grey = { width: number; height: number; values: Float32Array };

export type PhotoConcern = 'too_blurred' | 'too_dark' | 'glare';

export type PhotoMeasures = { sharpness: number; meanGrey: number; darkShare: number; glareShare: number };

/** Short side of the copy that is measured; a photo of the usual 4:3 is then 256 pixels wide. */
export const COPY_SIDE = 192;

/**
 * What the server will ask of the photo, with the limits of the model that comes with it. Only a hint before sending:
 * the server decides, by the limits of whichever model is active there.
 */
const LIMITS = { sharpness: 7.2, meanGrey: 30, darkShare: 0.5, glareShare: 0.25 };
const DARK_BELOW = 15;
const GLARE_ABOVE = 245;

/** Grey by ITU-R BT.601, of red, green, blue and alpha bytes. */
export function greyOf(rgba: ArrayLike<number>, width: number, height: number): Grey {
  const values = new Float32Array(width * height);
  for (let pixel = 0; pixel < values.length; pixel += 1) {
    const at = pixel * 4;
    values[pixel] = 0.299 * (rgba[at] ?? 0) + 0.587 * (rgba[at + 1] ?? 0) + 0.114 * (rgba[at + 2] ?? 0);
  }
  return { width, height, values };
}

/** Measures the centre square. Sharpness is the variance of the 4-neighbour Laplacian, grey in percent of its mean. */
export function measure(picture: Grey): PhotoMeasures {
  const square = centreSquare(picture);
  const count = square.values.length;
  let sum = 0;
  let dark = 0;
  let bright = 0;
  for (const grey of square.values) {
    sum += grey;
    if (grey < DARK_BELOW) dark += 1;
    if (grey > GLARE_ABOVE) bright += 1;
  }
  const meanGrey = sum / count;
  const sharpness = meanGrey > 0 ? laplacianVariance(square) * (100 / meanGrey) ** 2 : 0;
  return { sharpness, meanGrey, darkShare: dark / count, glareShare: bright / count };
}

/** What the server is likely to have against the photo. */
export function concerns(measures: PhotoMeasures): PhotoConcern[] {
  const found: PhotoConcern[] = [];
  if (measures.sharpness < LIMITS.sharpness) found.push('too_blurred');
  if (measures.meanGrey < LIMITS.meanGrey || measures.darkShare > LIMITS.darkShare) found.push('too_dark');
  if (measures.glareShare > LIMITS.glareShare) found.push('glare');
  return found;
}

function centreSquare({ width, height, values }: Grey): Grey {
  const side = Math.min(width, height);
  const left = Math.floor((width - side) / 2);
  const top = Math.floor((height - side) / 2);
  const cut = new Float32Array(side * side);
  for (let row = 0; row < side; row += 1) {
    const from = (top + row) * width + left;
    cut.set(values.subarray(from, from + side), row * side);
  }
  return { width: side, height: side, values: cut };
}

function laplacianVariance({ width, height, values }: Grey): number {
  const at = (x: number, y: number) => values[y * width + x] ?? 0;
  let sum = 0;
  let squares = 0;
  let count = 0;
  for (let y = 1; y < height - 1; y += 1) {
    for (let x = 1; x < width - 1; x += 1) {
      const edge = at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1) - 4 * at(x, y);
      sum += edge;
      squares += edge * edge;
      count += 1;
    }
  }
  if (count === 0) return 0;
  return squares / count - (sum / count) ** 2;
}
