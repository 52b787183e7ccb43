/** The two palettes. Every pair that text is set in has a contrast of 4.5 and more: colours.test.ts counts. */
export type Palette = {
  paper: string;
  card: string;
  ink: string;
  quiet: string;
  rule: string;
  edge: string;
  accent: string;
  onAccent: string;
  caution: string;
  alarm: string;
  alarmGround: string;
  track: string;
  /** Ground and ink of each band. None is green: a low band is no all-clear. */
  bands: Record<'refer' | 'review' | 'no_refer', { ground: string; ink: string }>;
  thumb: string;
  skin: string;
  shade: string;
  onShade: string;
};

export const light: Palette = {
  paper: '#faf9f7',
  card: '#ffffff',
  ink: '#1c1b1f',
  quiet: '#5b5860',
  rule: '#dcd7cf',
  edge: '#7d7882',
  accent: '#9a3a0c',
  onAccent: '#ffffff',
  caution: '#fdf0d5',
  alarm: '#8f1d1d',
  alarmGround: '#fbe9e7',
  track: '#ece7df',
  bands: {
    refer: { ground: '#fbe0d3', ink: '#6d2503' },
    review: { ground: '#fdf0d5', ink: '#553f03' },
    no_refer: { ground: '#e4e8ee', ink: '#283445' },
  },
  thumb: '#ffffff',
  skin: '#e9dcd0',
  shade: '#000000b3',
  onShade: '#ffffff',
};

export const dark: Palette = {
  paper: '#17161a',
  card: '#212025',
  ink: '#ece9e4',
  quiet: '#b3afb8',
  rule: '#3a3840',
  edge: '#8b8794',
  accent: '#f0a37a',
  onAccent: '#2a1206',
  caution: '#3a2f17',
  alarm: '#ffb4ab',
  alarmGround: '#3b1d1b',
  track: '#34323a',
  bands: {
    refer: { ground: '#4a2413', ink: '#ffd9c7' },
    review: { ground: '#3a2f17', ink: '#f6e2b3' },
    no_refer: { ground: '#2a323d', ink: '#d5dfec' },
  },
  thumb: '#ffffff',
  skin: '#4a4038',
  shade: '#000000b3',
  onShade: '#ffffff',
};
