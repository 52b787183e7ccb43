import { getLocales } from 'expo-localization';
import { createContext, useContext, useMemo, type ReactNode } from 'react';

import { de } from './de';
import { en, type Strings } from './en';
import { germanOf } from './modelWords';

export type Locale = 'en' | 'de';
export type Language = 'system' | Locale;

/** A sentence that came with a model, and the language that it is in now. */
export type Said = { text: string; language: Locale };

/** `dates`: how days and numbers are written, in the language of the app and, where it is the device's, its region. */
export type Words = { t: Strings; locale: Locale; dates: string; said: (sentence: string) => Said };

const STRINGS: Record<Locale, Strings> = { en, de };
const Current = createContext<Words>(wordsIn('en'));

export function wordsIn(locale: Locale): Words {
  const said = (sentence: string): Said => {
    const german = locale === 'de' ? germanOf(sentence) : null;
    return german === null ? { text: sentence, language: 'en' } : { text: german, language: 'de' };
  };
  const own = getLocales().find((each) => each.languageCode === locale);
  return { t: STRINGS[locale], locale, dates: own?.languageTag ?? locale, said };
}

/** Gives everything below it the language that was chosen, or the first of the device's that the app has. */
export function WordsProvider({ language, children }: { language: Language; children: ReactNode }) {
  const locale = language === 'system' ? deviceLocale() : language;
  const words = useMemo(() => wordsIn(locale), [locale]);
  return <Current.Provider value={words}>{children}</Current.Provider>;
}

export function useWords(): Words {
  return useContext(Current);
}

function deviceLocale(): Locale {
  const spoken = getLocales().map((each) => each.languageCode);
  return spoken.find((code): code is Locale => code === 'en' || code === 'de') ?? 'en';
}
