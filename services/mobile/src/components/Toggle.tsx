import { StyleSheet, Switch, View } from 'react-native';

import { space, touch } from '@/theme/scale';
import { useColours } from '@/theme/ThemeProvider';
import { Txt } from './Txt';

type Props = { title: string; on: boolean; onChange: (on: boolean) => void };

/** Something that is on or off, at once. `activeThumbColor` is what the browser's renderer calls it. */
export function Toggle({ title, on, onChange }: Props) {
  const colours = useColours();
  return (
    <View style={styles.row}>
      <Txt style={styles.title}>{title}</Txt>
      <Switch
        aria-label={title}
        value={on}
        onValueChange={onChange}
        trackColor={{ false: colours.edge, true: colours.accent }}
        thumbColor={colours.thumb}
        {...{ activeThumbColor: colours.thumb }}
        ios_backgroundColor={colours.edge}
      />
    </View>
  );
}

const styles = StyleSheet.create({
  row: { flexDirection: 'row', alignItems: 'center', gap: space.m, minHeight: touch },
  title: { flex: 1 },
});
