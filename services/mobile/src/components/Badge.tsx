import { StyleSheet, View } from 'react-native';

import { corner, space } from '@/theme/scale';
import { Txt } from './Txt';

/** A word on a coloured ground. The word carries the meaning, never the colour alone. */
export function Badge({ title, ground, ink }: { title: string; ground: string; ink: string }) {
  return (
    <View style={[styles.badge, { backgroundColor: ground }]}>
      <Txt kind="small" colour={ink}>
        {title}
      </Txt>
    </View>
  );
}

const styles = StyleSheet.create({
  badge: { alignSelf: 'flex-start', borderRadius: corner.s, paddingHorizontal: space.s, paddingVertical: 2 },
});
