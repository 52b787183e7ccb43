import { dark, light, type Palette } from './colours';

/** Relative luminance by WCAG 2.2, of an opaque sRGB colour. */
function luminance(colour: string): number {
  const channels = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255);
  const [red = 0, green = 0, blue = 0] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

const pairs = (p: Palette): [string, string][] => [
  ...[p.paper, p.card, p.caution].flatMap(
    (ground) =>
      [
        [p.ink, ground],
        [p.accent, ground],
      ] as [string, string][],
  ),
  [p.quiet, p.paper],
  [p.quiet, p.card],
  [p.onAccent, p.accent],
  [p.alarm, p.alarmGround],
  [p.alarm, p.paper],
  [p.ink, p.skin],
  ...Object.values(p.bands).map((band) => [band.ink, band.ground] as [string, string]),
];

describe.each([
  ['light', light],
  ['dark', dark],
] as const)('the %s palette', (_name, palette) => {
  it.each(pairs(palette))('text %s on %s has a contrast of 4.5', (ink, ground) => {
    expect(contrast(ink, ground)).toBeGreaterThanOrEqual(4.5);
  });

  it('outlines controls with a contrast of 3', () => {
    expect(contrast(palette.edge, palette.paper)).toBeGreaterThanOrEqual(3);
    expect(contrast(palette.edge, palette.card)).toBeGreaterThanOrEqual(3);
  });
});

it('counts as WCAG does', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21);
});
