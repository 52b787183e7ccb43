import { useQueryClient } from '@tanstack/react-query';
import { Redirect, useRouter } from 'expo-router';
import { useEffect, useState } from 'react';

import { Button } from '@/components/Button';
import { Busy } from '@/components/Busy';
import { Card } from '@/components/Card';
import { Confirm } from '@/components/Confirm';
import { Problem } from '@/components/Problem';
import { Screen } from '@/components/Screen';
import { Txt } from '@/components/Txt';
import { Steps } from '@/features/cases/Progress';
import { showCase } from '@/features/cases/useCase';
import { refusalWords } from '@/features/problemWords';
import { useWords } from '@/i18n/WordsProvider';
import type { Entry } from './entry';
import { isOffline } from './onWake';
import { outbox, useAccepted, useOutbox } from './outbox';

/** A photo on its way to the server. When it is there, its case is shown. */
export function SendingScreen({ id }: { id: string }) {
  const { t } = useWords();
  const router = useRouter();
  const client = useQueryClient();
  const { loaded, entries } = useOutbox();
  const accepted = useAccepted(id);
  useEffect(() => {
    if (!accepted) return;
    showCase(client, accepted);
    router.replace({ pathname: '/cases/[id]', params: { id: accepted.id } });
  }, [accepted, client, router]);
  const entry = entries.find((each) => each.key === id);
  if (loaded && !entry && !accepted) return <Redirect href="/" />;
  const title = entry?.refusal ? t.problem.title : t.sending.title;
  return (
    <Screen title={title} back="/">
      {entry ? <Waiting entry={entry} /> : <Busy words={t.app.loading} />}
    </Screen>
  );
}

function Waiting({ entry }: { entry: Entry }) {
  const { t } = useWords();
  if (entry.refusal) {
    return (
      <>
        <Problem lines={[t.sending.refused, ...refusalWords(entry.refusal, t)]} />
        <Discard id={entry.key} />
      </>
    );
  }
  return (
    <Card>
      <Steps at="sending" />
      <Connection />
      <Txt>{t.sending.kept}</Txt>
      <Button kind="plain" title={t.sending.now} onPress={() => outbox.wake()} />
      <Discard id={entry.key} />
    </Card>
  );
}

function Discard({ id }: { id: string }) {
  const { t } = useWords();
  return (
    <Confirm
      title={t.sending.discard}
      question={t.sending.discardAsk}
      yes={t.sending.discard}
      onYes={() => void outbox.discard(id)}
    />
  );
}

/** Whether it is being sent right now, and if not, when it will be tried again. */
function Connection() {
  const { t } = useWords();
  const { nextAt } = useOutbox();
  const now = useSeconds();
  if (isOffline()) return <Txt role="status">{t.sending.offline}</Txt>;
  const left = nextAt === null ? 0 : Math.ceil((nextAt - now) / 1000);
  if (left <= 0) return <Busy words={t.sending.title} />;
  return <Txt>{`${t.problem.noAnswer} ${t.sending.next(left)}`}</Txt>;
}

function useSeconds(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
