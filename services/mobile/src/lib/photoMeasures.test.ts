import { concerns, greyOf, measure, type Grey } from './photoMeasures';

/** A picture whose grey is a function of the place. */
function picture(width: number, height: number, grey: (x: number, y: number) => number): Grey {
  const values = new Float32Array(width * height);
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) values[y * width + x] = grey(x, y);
  return { width, height, values };
}

const checks = (low: number, high: number) => (x: number, y: number) => ((x + y) % 2 === 0 ? low : high);

it('finds nothing against a sharp photo in good light', () => {
  expect(concerns(measure(picture(256, 192, checks(120, 150))))).toEqual([]);
});

it('calls a photo without edges blurred', () => {
  expect(concerns(measure(picture(256, 192, (x) => 120 + x / 10)))).toEqual(['too_blurred']);
});

it('calls a black photo dark, whatever its edges', () => {
  expect(concerns(measure(picture(192, 256, checks(2, 10))))).toContain('too_dark');
});

it('sees glare in a washed-out photo', () => {
  expect(concerns(measure(picture(192, 192, (x, y) => (y < 96 ? 255 : checks(90, 140)(x, y)))))).toEqual(['glare']);
});

it('looks at the centre square alone', () => {
  const dark = measure(picture(300, 100, (x) => (x < 100 || x >= 200 ? 0 : 130)));
  expect(dark.darkShare).toBe(0);
  expect(dark.meanGrey).toBeCloseTo(130);
});

it('measures the same on lighter and on darker skin: sharpness is in percent of the mean', () => {
  const light = measure(picture(64, 64, checks(160, 200)));
  const dark = measure(picture(64, 64, checks(40, 50)));
  expect(dark.sharpness).toBeCloseTo(light.sharpness, 3);
});

it('weighs colours as the server does', () => {
  const { values } = greyOf([255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255], 3, 1);
  expect([...values].map(Math.round)).toEqual([76, 150, 29]);
});
