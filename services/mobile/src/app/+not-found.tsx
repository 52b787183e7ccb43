import { useRouter } from 'expo-router';

import { Button } from '@/components/Button';
import { Screen } from '@/components/Screen';
import { Txt } from '@/components/Txt';
import { useWords } from '@/i18n/WordsProvider';

export default function NotFound() {
  const { t } = useWords();
  const router = useRouter();
  return (
    <Screen title={t.app.name}>
      <Txt>{t.app.notFound}</Txt>
      <Button title={t.app.toStart} onPress={() => router.replace('/')} />
    </Screen>
  );
}
