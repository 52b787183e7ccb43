import { useState } from 'react';
import { Pressable, StyleSheet, View } from 'react-native';

import type { Palette } from '@/theme/colours';
import { corner, space, touch } from '@/theme/scale';
import { useColours } from '@/theme/ThemeProvider';
import { Icon, type IconName } from './Icon';
import { Txt } from './Txt';

type Kind = 'primary' | 'plain' | 'quiet' | 'danger';

type Props = {
  title: string;
  onPress: () => void;
  kind?: Kind;
  icon?: IconName;
  disabled?: boolean;
  /** Shows the icon alone; the title is what is read out. */
  bare?: boolean;
};

export function Button({ title, onPress, kind = 'primary', icon, disabled = false, bare = false }: Props) {
  const colours = useColours();
  const [focused, setFocused] = useState(false);
  const { ground, ink, edge } = look(kind, colours);
  return (
    <Pressable
      role="button"
      aria-label={title}
      aria-disabled={disabled}
      disabled={disabled}
      onPress={onPress}
      onFocus={() => setFocused(true)}
      onBlur={() => setFocused(false)}
      style={({ pressed }) => [
        styles.button,
        bare ? styles.bare : null,
        { backgroundColor: ground, borderColor: focused ? colours.ink : edge },
        pressed || disabled ? styles.faint : null,
      ]}
    >
      <View style={styles.row}>
        {icon ? <Icon name={icon} colour={ink} /> : null}
        {bare ? null : (
          <Txt kind="strong" colour={ink} style={styles.title}>
            {title}
          </Txt>
        )}
      </View>
    </Pressable>
  );
}

function look(kind: Kind, colours: Palette) {
  const none = 'transparent';
  if (kind === 'primary') return { ground: colours.accent, ink: colours.onAccent, edge: colours.accent };
  if (kind === 'plain') return { ground: colours.card, ink: colours.accent, edge: colours.edge };
  if (kind === 'danger') return { ground: colours.alarmGround, ink: colours.alarm, edge: colours.alarm };
  return { ground: none, ink: colours.accent, edge: none };
}

const styles = StyleSheet.create({
  button: {
    minHeight: touch,
    minWidth: touch,
    paddingHorizontal: space.m,
    paddingVertical: space.s,
    borderRadius: corner.m,
    borderWidth: 1,
    justifyContent: 'center',
  },
  bare: { paddingHorizontal: space.s },
  row: { flexDirection: 'row', alignItems: 'center', justifyContent: 'center', gap: space.s },
  title: { textAlign: 'center', flexShrink: 1 },
  faint: { opacity: 0.6 },
});
