import { useRouter } from 'expo-router';

import type { CaseBody } from '@/api/client';
import { Refused } from '@/api/problems';
import { Busy } from '@/components/Busy';
import { Button } from '@/components/Button';
import { Problem } from '@/components/Problem';
import { Screen } from '@/components/Screen';
import { problemWords } from '@/features/problemWords';
import { useWords } from '@/i18n/WordsProvider';
import type { Strings } from '@/i18n/en';
import { CaseFoot } from './CaseFoot';
import { Ended, Erased } from './Ended';
import { Progress } from './Progress';
import { Rejected } from './Rejected';
import { Result } from './Result';
import { hasEnded, useCase } from './useCase';

/** One photo: how far it is, and then what came of it. */
export function CaseScreen({ id }: { id: string }) {
  const { t } = useWords();
  const found = useCase(id);
  const body = found.data?.body;
  const erased = isErased(body, found.error);
  const title = erased ? t.result.erasedTitle : titleOf(found.isError ? 'lost' : body, t);
  return (
    <Screen title={title} back="/" wide>
      {found.isError && !erased ? (
        <Problem lines={problemWords(found.error, t)} onRetry={() => void found.refetch()} />
      ) : null}
      {erased ? <Erased /> : null}
      {!erased && !found.isError ? <Body body={body} /> : null}
    </Screen>
  );
}

function Body({ body }: { body: CaseBody | undefined }) {
  const { t } = useWords();
  const router = useRouter();
  if (!body) return <Busy words={t.app.loading} />;
  if (!hasEnded(body)) {
    return (
      <>
        <Progress progress={body.progress} />
        <Button kind="quiet" title={t.app.toStart} onPress={() => router.replace('/')} />
      </>
    );
  }
  return (
    <>
      {body.result ? <Result body={body} result={body.result} /> : null}
      {body.rejection ? <Rejected rejection={body.rejection} /> : null}
      {!body.result && !body.rejection ? <Ended body={body} /> : null}
      <CaseFoot body={body} />
    </>
  );
}

/** Whoever erased it here knows that still when the server knows nothing any more. */
function isErased(body: CaseBody | undefined, error: unknown): boolean {
  return body?.state === 'erased' || (error instanceof Refused && error.code === 'case_erased');
}

function titleOf(body: CaseBody | 'lost' | undefined, t: Strings): string {
  if (body === 'lost') return t.app.name;
  if (!body) return t.app.loading;
  const titles: Partial<Record<CaseBody['state'], string>> = {
    completed: t.result.title,
    rejected: t.result.rejectedTitle,
    failed: t.result.failedTitle,
    canceled: t.result.canceledTitle,
    expired: t.result.expiredTitle,
  };
  return titles[body.state] ?? t.sending.title;
}
