import type { CaseBody } from '@/api/client';
import { Card } from '@/components/Card';
import { Txt } from '@/components/Txt';
import { refusalWords } from '@/features/problemWords';
import { useWords } from '@/i18n/WordsProvider';
import { Retake } from './Retake';

/** A photo that ended without having been assessed. */
export function Ended({ body }: { body: CaseBody }) {
  const { t } = useWords();
  const failure = body.error && refusalWords({ ...body.error, requestId: '' }, t);
  return (
    <Card>
      <Txt>{body.state === 'failed' ? t.result.failedText : t.result.endedText}</Txt>
      {failure?.map((line) => (
        <Txt key={line}>{line}</Txt>
      ))}
      <Txt kind="strong">{t.result.worried}</Txt>
      <Retake />
    </Card>
  );
}

export function Erased() {
  const { t } = useWords();
  return (
    <Card>
      <Txt>{t.result.erasedText}</Txt>
      <Retake />
    </Card>
  );
}
