import { useQuery } from '@tanstack/react-query';
import { useFocusEffect, useRouter } from 'expo-router';
import { useCallback } from 'react';

import { listLesion } from '@/api/cases';
import { passes } from '@/api/problems';
import { Busy } from '@/components/Busy';
import { Button } from '@/components/Button';
import { Problem } from '@/components/Problem';
import { Screen } from '@/components/Screen';
import { Txt } from '@/components/Txt';
import { changeDraft } from '@/features/capture/draft';
import { problemWords } from '@/features/problemWords';
import { useWords } from '@/i18n/WordsProvider';
import { Comparison } from './Comparison';
import { TimeLine } from './TimeLine';

/** One spot through time: when it was photographed, and two of its photos side by side. */
export function LesionScreen({ lesionRef }: { lesionRef: string }) {
  const { t } = useWords();
  const router = useRouter();
  const line = useQuery({
    queryKey: ['history', 'lesion', lesionRef],
    queryFn: ({ signal }) => listLesion(lesionRef, signal),
    retry: (tries, problem) => passes(problem) && tries < 3,
  });
  const { refetch } = line;
  useFocusEffect(useCallback(() => void refetch(), [refetch]));
  const cases = line.data ?? [];
  const pictured = cases.filter((body) => body.links.image !== null);
  const again = () => {
    changeDraft({ photo: null, lesion: lesionRef });
    router.push('/capture');
  };
  return (
    <Screen title={t.lesion.title} back="/" wide>
      {line.isError ? <Problem lines={problemWords(line.error, t)} onRetry={() => void refetch()} /> : null}
      {line.isPending && !line.isError ? <Busy words={t.app.loading} /> : null}
      {line.isSuccess && cases.length === 0 ? <Txt>{t.lesion.empty}</Txt> : null}
      {pictured.length > 1 ? <Comparison cases={pictured} /> : null}
      {pictured.length === 1 ? <Txt>{t.lesion.only}</Txt> : null}
      {cases.length ? <TimeLine cases={cases} /> : null}
      <Button icon="camera" title={t.lesion.again} onPress={again} />
    </Screen>
  );
}
