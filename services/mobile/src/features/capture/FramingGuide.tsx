import { StyleSheet } from 'react-native';
import Svg, { Circle, Path } from 'react-native-svg';

import { useColours } from '@/theme/ThemeProvider';

// On a field of 300 by 400: everything but a circle is dimmed.
const HOLE = 'M0 0 H300 V400 H0 Z M150 90 A110 110 0 1 0 150 310 A110 110 0 1 0 150 90 Z';

/** Where the spot is to be: the network looks at the centre square, and at skin around the spot too. */
export function FramingGuide() {
  const colours = useColours();
  return (
    <Svg
      style={[StyleSheet.absoluteFill, styles.still]}
      viewBox="0 0 300 400"
      preserveAspectRatio="xMidYMid slice"
      aria-hidden
    >
      <Path d={HOLE} fill={colours.shade} fillOpacity={0.45} fillRule="evenodd" />
      <Circle cx={150} cy={200} r={110} stroke={colours.onShade} strokeWidth={2} fill="none" strokeDasharray="10 7" />
      <Circle cx={150} cy={200} r={42} stroke={colours.onShade} strokeWidth={1.5} fill="none" opacity={0.8} />
    </Svg>
  );
}

const styles = StyleSheet.create({ still: { pointerEvents: 'none' } });
