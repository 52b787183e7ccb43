import { useIsFocused } from 'expo-router';
import { useEffect } from 'react';

import { useWords } from '@/i18n/WordsProvider';

/** The title of the tab, and the language that it is in, for whoever has the page read out. */
export function usePageTitle(title: string): void {
  const { t, locale } = useWords();
  const focused = useIsFocused();
  useEffect(() => {
    if (!focused) return;
    document.title = `${title} · ${t.app.name}`;
    document.documentElement.lang = locale;
  }, [focused, title, t, locale]);
}
