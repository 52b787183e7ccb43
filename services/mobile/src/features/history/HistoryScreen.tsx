import { useFocusEffect, useRouter } from 'expo-router';
import { useCallback } from 'react';

import { Busy } from '@/components/Busy';
import { Button } from '@/components/Button';
import { Notice } from '@/components/Notice';
import { Problem } from '@/components/Problem';
import { Screen } from '@/components/Screen';
import { Txt } from '@/components/Txt';
import { clearDraft } from '@/features/capture/draft';
import { problemWords } from '@/features/problemWords';
import { useWords } from '@/i18n/WordsProvider';
import { GroupCard } from './GroupCard';
import { groupsOf } from './groups';
import { useHistory } from './useHistory';
import { Waiting } from './Waiting';

/** The first page: a new photo, what waits to be sent, and the photos of before by spot. */
export function HistoryScreen() {
  const { t } = useWords();
  const router = useRouter();
  const { query, cases } = useHistory();
  const { refetch } = query;
  useFocusEffect(useCallback(() => void refetch(), [refetch]));
  const begin = () => {
    clearDraft();
    router.push('/capture');
  };
  const settings = (
    <Button kind="quiet" icon="settings" bare title={t.history.settings} onPress={() => router.push('/settings')} />
  );
  return (
    <Screen title={t.history.title} action={settings}>
      <Notice>{`${t.app.aid} ${t.app.advice}`}</Notice>
      <Button icon="camera" title={t.history.newPhoto} onPress={begin} />
      <Waiting />
      {query.isError ? <Problem lines={problemWords(query.error, t)} onRetry={() => void refetch()} /> : null}
      {query.isPending && !query.isError ? <Busy words={t.app.loading} /> : null}
      {query.isSuccess && cases.length === 0 ? <Txt>{t.history.empty}</Txt> : null}
      {groupsOf(cases).map((group) => (
        <GroupCard key={group.key} group={group} />
      ))}
      {query.hasNextPage ? (
        <Button
          kind="plain"
          title={t.history.more}
          disabled={query.isFetchingNextPage}
          onPress={() => void query.fetchNextPage()}
        />
      ) : null}
    </Screen>
  );
}
