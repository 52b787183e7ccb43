import type { ReactNode } from 'react';
import { StyleSheet, View, type StyleProp, type ViewStyle } from 'react-native';

import { corner, space } from '@/theme/scale';
import { useColours } from '@/theme/ThemeProvider';
import { Txt } from './Txt';

type Props = { title?: string; ground?: string; style?: StyleProp<ViewStyle>; children: ReactNode };

export function Card({ title, ground, style, children }: Props) {
  const colours = useColours();
  return (
    <View style={[styles.card, { backgroundColor: ground ?? colours.card, borderColor: colours.rule }, style]}>
      {title ? (
        <Txt kind="heading" level={2}>
          {title}
        </Txt>
      ) : null}
      {children}
    </View>
  );
}

const styles = StyleSheet.create({
  card: { borderRadius: corner.m, borderWidth: 1, padding: space.m, gap: space.s },
});
