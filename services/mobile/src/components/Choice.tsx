import type { ReactNode } from 'react';
import { Pressable, StyleSheet, View } from 'react-native';

import { corner, space, touch } from '@/theme/scale';
import { useColours } from '@/theme/ThemeProvider';
import { Txt } from './Txt';

/** `lead` stands before the title, such as a small picture. */
export type Option<Value extends string> = { value: Value; title: string; lead?: ReactNode };

type Props<Value extends string> = {
  label: string;
  options: readonly Option<Value>[];
  chosen: Value | null;
  onChoose: (value: Value) => void;
  /** One below the other, for long titles. */
  stacked?: boolean;
};

/** One of several. */
export function Choice<Value extends string>({ label, options, chosen, onChoose, stacked = false }: Props<Value>) {
  return (
    <View role="radiogroup" aria-label={label} style={stacked ? styles.column : styles.wrap}>
      {options.map(({ value, title, lead }) => (
        <Chip key={value} title={title} lead={lead} chosen={value === chosen} onPress={() => onChoose(value)} />
      ))}
    </View>
  );
}

type ChipProps = { title: string; lead?: ReactNode; chosen: boolean; onPress: () => void };

function Chip({ title, lead, chosen, onPress }: ChipProps) {
  const colours = useColours();
  const ground = chosen ? colours.accent : colours.card;
  return (
    <Pressable
      role="radio"
      aria-checked={chosen}
      aria-label={title}
      onPress={onPress}
      style={[styles.chip, { backgroundColor: ground, borderColor: chosen ? colours.accent : colours.edge }]}
    >
      {lead}
      <Txt colour={chosen ? colours.onAccent : colours.ink} style={styles.title}>
        {title}
      </Txt>
    </Pressable>
  );
}

const styles = StyleSheet.create({
  wrap: { flexDirection: 'row', flexWrap: 'wrap', gap: space.s },
  column: { gap: space.s },
  chip: {
    flexDirection: 'row',
    alignItems: 'center',
    gap: space.s,
    maxWidth: '100%',
    minHeight: touch,
    paddingHorizontal: space.m,
    paddingVertical: space.s,
    borderRadius: corner.m,
    borderWidth: 1,
  },
  title: { flexShrink: 1 },
});
