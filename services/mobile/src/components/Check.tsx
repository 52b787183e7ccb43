import { Pressable, StyleSheet, View } from 'react-native';

import { corner, space, touch } from '@/theme/scale';
import { useColours } from '@/theme/ThemeProvider';
import { Icon } from './Icon';
import { Txt } from './Txt';

type Props = { title: string; checked: boolean; onChange: (checked: boolean) => void };

/** Yes or no, with a sentence. */
export function Check({ title, checked, onChange }: Props) {
  const colours = useColours();
  const box = {
    borderColor: checked ? colours.accent : colours.edge,
    backgroundColor: checked ? colours.accent : colours.card,
  };
  return (
    <Pressable
      role="checkbox"
      aria-checked={checked}
      aria-label={title}
      onPress={() => onChange(!checked)}
      style={styles.row}
    >
      <View style={[styles.box, box]}>
        {checked ? <Icon name="check" colour={colours.onAccent} size={20} /> : null}
      </View>
      <Txt style={styles.title}>{title}</Txt>
    </Pressable>
  );
}

const styles = StyleSheet.create({
  row: { flexDirection: 'row', alignItems: 'flex-start', gap: space.s, minHeight: touch, paddingVertical: space.s },
  box: {
    width: 26,
    height: 26,
    borderWidth: 2,
    borderRadius: corner.s,
    alignItems: 'center',
    justifyContent: 'center',
  },
  title: { flex: 1 },
});
