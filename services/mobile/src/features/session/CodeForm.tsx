import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { Refused } from '@/api/problems';
import { Button } from '@/components/Button';
import { Card } from '@/components/Card';
import { Field } from '@/components/Field';
import { Problem } from '@/components/Problem';
import { problemWords } from '@/features/problemWords';
import { useWords } from '@/i18n/WordsProvider';
import type { Strings } from '@/i18n/en';
import { cleanCode, cleanServer } from './invitation';
import { Scanner } from './Scanner';
import { asksForServer, defaultServer } from './server';
import { enrolByCode } from './session';

/** A code, typed or scanned, and on a phone the server that it belongs to. */
export function CodeForm({ server, code }: { server?: string; code?: string }) {
  const { t } = useWords();
  const [typed, setTyped] = useState({ server: server ?? defaultServer, code: code ?? '' });
  const [tried, setTried] = useState(false);
  const connecting = useMutation({
    mutationFn: (to: { server: string; code: string }) => enrolByCode(to.server, to.code),
  });
  const clean = { server: asksForServer ? cleanServer(typed.server) : defaultServer, code: cleanCode(typed.code) };
  const connect = () => {
    setTried(true);
    if (clean.server && clean.code) connecting.mutate({ server: clean.server, code: clean.code });
  };
  return (
    <Card>
      <Scanner onScanned={setTyped} />
      {asksForServer ? (
        <ServerField value={typed.server} tried={tried} onChange={(value) => setTyped({ ...typed, server: value })} />
      ) : null}
      <Field
        label={t.enrol.code}
        hint={t.enrol.codeHint}
        value={typed.code}
        maxLength={20}
        onChangeText={(value) => setTyped({ ...typed, code: value })}
        onSubmitEditing={connect}
        problem={tried && !clean.code ? t.enrol.codeWrong : null}
      />
      <Button title={t.enrol.connect} disabled={connecting.isPending} onPress={connect} />
      {connecting.isError ? <Problem lines={codeProblem(connecting.error, t)} /> : null}
    </Card>
  );
}

type ServerFieldProps = { value: string; tried: boolean; onChange: (value: string) => void };

export function ServerField({ value, tried, onChange }: ServerFieldProps) {
  const { t } = useWords();
  const problem = tried && !cleanServer(value) ? t.enrol.serverWrong : null;
  return <Field label={t.enrol.server} value={value} inputMode="url" onChangeText={onChange} problem={problem} />;
}

function codeProblem(problem: unknown, t: Strings): string[] {
  const refused = problem instanceof Refused && problem.status >= 400 && problem.status < 429;
  return refused ? [t.enrol.refusedCode] : problemWords(problem, t);
}
