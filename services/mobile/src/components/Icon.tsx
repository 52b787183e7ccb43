import Svg, { Path } from 'react-native-svg';

/** Drawn here, on a field of 24 by 24, with lines alone. */
const PATHS = {
  back: 'M15 5 L8 12 L15 19',
  forward: 'M9 5 L16 12 L9 19',
  camera: 'M4 8 H7.5 L9 5.5 H15 L16.5 8 H20 V18.5 H4 Z M12 10 A3.2 3.2 0 1 0 12 16.4 A3.2 3.2 0 1 0 12 10',
  picture: 'M4 5 H20 V19 H4 Z M4 16 L9 11 L13 15 L15.5 12.5 L20 17 M15.5 8.6 A0.9 0.9 0 1 0 15.5 8.7',
  settings: 'M4 7 H13 M17 7 H20 M4 17 H7 M11 17 H20 M15 5 V9 M9 15 V19',
  check: 'M5 12.5 L10 17.5 L19 7',
  caution: 'M12 4 L21 20 H3 Z M12 10 V14.5 M12 17.2 V17.6',
  clock: 'M12 4 A8 8 0 1 0 12 20 A8 8 0 1 0 12 4 M12 8 V12 L15 14',
} as const;

export type IconName = keyof typeof PATHS;

/** Says nothing by itself: what stands beside it does. */
export function Icon({ name, colour, size = 24 }: { name: IconName; colour: string; size?: number }) {
  return (
    <Svg width={size} height={size} viewBox="0 0 24 24" fill="none" aria-hidden>
      <Path d={PATHS[name]} stroke={colour} strokeWidth={2} strokeLinecap="round" strokeLinejoin="round" />
    </Svg>
  );
}
