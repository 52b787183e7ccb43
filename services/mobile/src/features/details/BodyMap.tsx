import { StyleSheet, View } from 'react-native';
import Svg, { Path } from 'react-native-svg';

import { Txt } from '@/components/Txt';
import { useWords } from '@/i18n/WordsProvider';
import { space } from '@/theme/scale';
import { useColours } from '@/theme/ThemeProvider';
import { REGIONS } from './regions';

type Props = { chosen: string | null; onChoose: (site: string) => void };

/** Two figures to point at. Whoever cannot point has the list beside it, so that nothing here is read out. */
export function BodyMap({ chosen, onChoose }: Props) {
  const { t } = useWords();
  return (
    <View aria-hidden style={styles.row}>
      {(['front', 'back'] as const).map((side) => (
        <View key={side} style={styles.figure}>
          <Figure side={side} chosen={chosen} onChoose={onChoose} />
          <Txt kind="small">{side === 'front' ? t.details.front : t.details.behind}</Txt>
        </View>
      ))}
    </View>
  );
}

function Figure({ side, chosen, onChoose }: Props & { side: 'front' | 'back' }) {
  const colours = useColours();
  return (
    <Svg viewBox="0 0 100 220" style={styles.svg}>
      {REGIONS.filter((region) => region.side === side).map((region) => (
        <Path
          key={region.id}
          d={region.shape}
          fill={region.id === chosen ? colours.accent : colours.skin}
          stroke={colours.edge}
          strokeWidth={0.8}
          strokeLinejoin="round"
          onPress={() => onChoose(region.id)}
        />
      ))}
    </Svg>
  );
}

const styles = StyleSheet.create({
  row: { flexDirection: 'row', justifyContent: 'center', gap: space.m },
  figure: { flex: 1, maxWidth: 170, alignItems: 'center' },
  svg: { width: '100%', aspectRatio: 100 / 220 },
});
