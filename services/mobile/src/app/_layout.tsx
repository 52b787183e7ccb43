import { QueryClientProvider } from '@tanstack/react-query';
import { Slot } from 'expo-router';
import { StatusBar } from 'expo-status-bar';
import { useEffect, useState } from 'react';
import { SafeAreaProvider } from 'react-native-safe-area-context';

import { newQueryClient } from '@/features/queryClient';
import { useSending } from '@/features/outbox/outbox';
import { resume } from '@/features/session/session';
import { loadPreferences, usePreferences } from '@/features/settings/preferences';
import { WordsProvider } from '@/i18n/WordsProvider';
import { ThemeProvider } from '@/theme/ThemeProvider';

export default function RootLayout() {
  const [client] = useState(newQueryClient);
  const { language, appearance } = usePreferences();
  useEffect(() => {
    void loadPreferences();
    void resume();
  }, []);
  useSending();
  return (
    <SafeAreaProvider>
      <ThemeProvider appearance={appearance}>
        <WordsProvider language={language}>
          <QueryClientProvider client={client}>
            <StatusBar style="auto" />
            <Slot />
          </QueryClientProvider>
        </WordsProvider>
      </ThemeProvider>
    </SafeAreaProvider>
  );
}
