import { ActivityIndicator, StyleSheet, View } from 'react-native';

import { space } from '@/theme/scale';
import { useColours } from '@/theme/ThemeProvider';
import { Txt } from './Txt';

/** Something is on its way; says what. */
export function Busy({ words }: { words: string }) {
  const colours = useColours();
  return (
    <View role="status" aria-live="polite" style={styles.row}>
      <View aria-hidden>
        <ActivityIndicator color={colours.accent} accessible={false} />
      </View>
      <Txt>{words}</Txt>
    </View>
  );
}

const styles = StyleSheet.create({
  row: { flexDirection: 'row', alignItems: 'center', gap: space.s, paddingVertical: space.m },
});
