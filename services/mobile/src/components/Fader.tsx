import Slider from '@react-native-community/slider';

import { useColours } from '@/theme/ThemeProvider';

export type FaderProps = { label: string; value: number; onChange: (value: number) => void; said: string };

/** A slider from 0 to 1 in steps of a twentieth. `said` is how its place is read out. */
export function Fader({ label, value, onChange, said }: FaderProps) {
  const colours = useColours();
  return (
    <Slider
      accessibilityLabel={label}
      accessibilityValue={{ text: said }}
      minimumValue={0}
      maximumValue={1}
      step={0.05}
      value={value}
      onValueChange={onChange}
      minimumTrackTintColor={colours.accent}
      maximumTrackTintColor={colours.edge}
      thumbTintColor={colours.accent}
    />
  );
}
