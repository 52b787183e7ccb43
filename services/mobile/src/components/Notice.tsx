import type { ReactNode } from 'react';
import { StyleSheet, View } from 'react-native';

import { corner, space } from '@/theme/scale';
import { useColours } from '@/theme/ThemeProvider';
import { Txt } from './Txt';

type Props = {
  /** `alarm` is read out at once, `live` when nothing else is said, `caution` when its place comes. */
  kind?: 'caution' | 'alarm' | 'live';
  children: ReactNode;
};

/** A few words that must not be passed over. */
export function Notice({ kind = 'caution', children }: Props) {
  const colours = useColours();
  const alarm = kind === 'alarm';
  const role = { caution: undefined, alarm: 'alert', live: 'status' } as const;
  const colour = alarm ? colours.alarm : colours.ink;
  return (
    <View
      role={role[kind]}
      aria-live={kind === 'live' ? 'polite' : undefined}
      style={[
        styles.notice,
        {
          backgroundColor: alarm ? colours.alarmGround : colours.caution,
          borderColor: alarm ? colours.alarm : colours.accent,
        },
      ]}
    >
      {typeof children === 'string' ? <Txt colour={colour}>{children}</Txt> : children}
    </View>
  );
}

const styles = StyleSheet.create({
  notice: {
    borderLeftWidth: 4,
    borderRadius: corner.s,
    paddingVertical: space.s + 2,
    paddingHorizontal: space.m,
    gap: space.xs,
  },
});
