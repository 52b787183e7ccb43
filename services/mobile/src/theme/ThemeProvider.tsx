import { createContext, useContext, type ReactNode } from 'react';
import { useColorScheme } from 'react-native';

import { dark, light, type Palette } from './colours';

export type Appearance = 'system' | 'light' | 'dark';

const Colours = createContext<Palette>(light);

/** Gives everything below it the palette that was chosen, or the one that the device asks for. */
export function ThemeProvider({ appearance, children }: { appearance: Appearance; children: ReactNode }) {
  const device = useColorScheme();
  const isDark = appearance === 'system' ? device === 'dark' : appearance === 'dark';
  return <Colours.Provider value={isDark ? dark : light}>{children}</Colours.Provider>;
}

export function useColours(): Palette {
  return useContext(Colours);
}
