import { useRouter } from 'expo-router';

import { Button } from '@/components/Button';
import { clearDraft } from '@/features/capture/draft';
import { useWords } from '@/i18n/WordsProvider';

export function Retake() {
  const { t } = useWords();
  const router = useRouter();
  const go = () => {
    clearDraft();
    router.push('/capture');
  };
  return <Button icon="camera" title={t.result.retake} onPress={go} />;
}
