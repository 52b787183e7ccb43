import { StyleSheet, View } from 'react-native';
import Svg, { Defs, LinearGradient, Rect, Stop } from 'react-native-svg';

import { Txt } from '@/components/Txt';
import { useWords } from '@/i18n/WordsProvider';
import { ember } from '@/theme/ember';
import { corner, space } from '@/theme/scale';

/** What the colours of a map mean. */
export function Legend() {
  const { t } = useWords();
  return (
    <View style={styles.legend}>
      <View role="img" aria-label={t.result.scale} style={styles.scale}>
        <Svg width="100%" height="14">
          <Defs>
            <LinearGradient id="ember" x1="0" y1="0" x2="1" y2="0">
              {ember.map((colour, at) => (
                <Stop key={colour} offset={at / (ember.length - 1)} stopColor={colour} />
              ))}
            </LinearGradient>
          </Defs>
          <Rect x="0" y="0" width="100%" height="14" fill="url(#ember)" />
        </Svg>
      </View>
      <View style={styles.ends}>
        <Txt kind="small">{t.result.weak}</Txt>
        <Txt kind="small">{t.result.strong}</Txt>
      </View>
      <Txt kind="small">{t.result.uncoloured}</Txt>
    </View>
  );
}

const styles = StyleSheet.create({
  legend: { gap: space.xs },
  scale: { height: 14, borderRadius: corner.s, overflow: 'hidden' },
  ends: { flexDirection: 'row', justifyContent: 'space-between' },
});
