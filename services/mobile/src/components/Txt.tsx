import type { ReactNode } from 'react';
import { Text, type TextProps } from 'react-native';

import { type } from '@/theme/scale';
import { useColours } from '@/theme/ThemeProvider';

type Kind = keyof typeof type;

type Props = TextProps & {
  kind?: Kind;
  /** A colour instead of the usual ink. */
  colour?: string;
  /** Makes it a heading of this level, for those who jump from one to the next. */
  level?: 1 | 2 | 3;
  /** The language that it is in, where it is another than the app's. */
  lang?: string;
  children: ReactNode;
};

/** All text of the app goes through here. It grows with the size that somebody set on their device. */
export function Txt({ kind = 'body', colour, level, lang, style, children, ...rest }: Props) {
  const colours = useColours();
  const ink = colour ?? (kind === 'small' ? colours.quiet : colours.ink);
  // Known to the browser's renderer and to no type of React Native.
  const web = { ...(level ? { 'aria-level': level } : {}), ...(lang ? { lang } : {}) };
  return (
    <Text role={level ? 'heading' : undefined} style={[type[kind], { color: ink }, style]} {...web} {...rest}>
      {children}
    </Text>
  );
}
