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
import { ServerField } from './CodeForm';
import { cleanServer } from './invitation';
import { asksForServer, defaultServer } from './server';
import { enterWithKey, KeyOfNoClinic } from './session';

/** A clinic's own key, for trying the app out without a code. */
export function KeyForm() {
  const { t } = useWords();
  const [server, setServer] = useState(defaultServer);
  const [key, setKey] = useState('');
  const [tried, setTried] = useState(false);
  const entering = useMutation({
    mutationFn: (to: { server: string; key: string }) => enterWithKey(to.server, to.key),
  });
  const clean = { server: asksForServer ? cleanServer(server) : defaultServer, key: key.trim() };
  const isKey = /^ll_\S+$/.test(clean.key);
  const connect = () => {
    setTried(true);
    if (clean.server && isKey) entering.mutate({ server: clean.server, key: clean.key });
  };
  return (
    <Card>
      {asksForServer ? <ServerField value={server} tried={tried} onChange={setServer} /> : null}
      <Field
        label={t.enrol.key}
        hint={t.enrol.keyHint}
        value={key}
        secureTextEntry
        placeholder="ll_…"
        onChangeText={setKey}
        onSubmitEditing={connect}
        problem={tried && !isKey ? t.enrol.keyWrong : null}
      />
      <Button title={t.enrol.connect} disabled={entering.isPending} onPress={connect} />
      {entering.isError ? <Problem lines={keyProblem(entering.error, t)} /> : null}
    </Card>
  );
}

function keyProblem(problem: unknown, t: Strings): string[] {
  if (problem instanceof KeyOfNoClinic) return [t.enrol.keyOfNoClinic];
  const unknown = problem instanceof Refused && problem.status === 401;
  return unknown ? [t.enrol.refusedKey] : problemWords(problem, t);
}
