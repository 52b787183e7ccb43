import { useMutation } from '@tanstack/react-query';

import { eraseSubject, exportSubject } from '@/api/subjects';
import { Busy } from '@/components/Busy';
import { Button } from '@/components/Button';
import { Card } from '@/components/Card';
import { Confirm } from '@/components/Confirm';
import { Notice } from '@/components/Notice';
import { Problem } from '@/components/Problem';
import { Txt } from '@/components/Txt';
import { problemWords } from '@/features/problemWords';
import { useSubjectRef } from '@/features/session/useSession';
import { useWords } from '@/i18n/WordsProvider';
import { keepFile } from './keepFile';

/** A copy of everything, and the end of everything. Both are for a person, so they need a pseudonym. */
export function DataCard({ onErased }: { onErased: () => void }) {
  const { t } = useWords();
  const subjectRef = useSubjectRef();
  return (
    <Card title={t.settings.data}>
      {subjectRef ? <OfSubject subjectRef={subjectRef} onErased={onErased} /> : <Txt>{t.settings.keyOnly}</Txt>}
    </Card>
  );
}

function OfSubject({ subjectRef, onErased }: { subjectRef: string; onErased: () => void }) {
  const { t } = useWords();
  const copying = useMutation({
    mutationFn: async () => keepFile('lesionlens.zip', await exportSubject(subjectRef)),
  });
  const erasing = useMutation({ mutationFn: () => eraseSubject(subjectRef), onSuccess: onErased });
  const problem = copying.error ?? erasing.error;
  const busy = copying.isPending || erasing.isPending;
  return (
    <>
      <Txt kind="small">{t.settings.dataHint}</Txt>
      <Button kind="plain" title={t.settings.export} disabled={busy} onPress={() => copying.mutate()} />
      {copying.isSuccess ? <Notice kind="live">{t.settings.exported}</Notice> : null}
      <Confirm
        title={t.settings.erase}
        question={t.settings.eraseAsk}
        yes={t.settings.eraseYes}
        disabled={busy}
        onYes={() => erasing.mutate()}
      />
      {busy ? <Busy words={t.app.loading} /> : null}
      {problem ? <Problem lines={problemWords(problem, t)} /> : null}
    </>
  );
}
