import { Redirect, useLocalSearchParams, type Href } from 'expo-router';
import { useState } from 'react';

import { Button } from '@/components/Button';
import { Notice } from '@/components/Notice';
import { Screen } from '@/components/Screen';
import { Txt } from '@/components/Txt';
import { useWords } from '@/i18n/WordsProvider';
import { CodeForm } from './CodeForm';
import { KeyForm } from './KeyForm';
import { useSessionState } from './useSession';

/** Connects the device with a clinic. Whoever came for a page is led there afterwards. */
export function EnrolScreen() {
  const { t } = useWords();
  const { status, ended } = useSessionState();
  const params = useLocalSearchParams<{ next?: string; server?: string; code?: string }>();
  const [withKey, setWithKey] = useState(false);
  if (status === 'in') return <Redirect href={inside(params.next)} />;
  return (
    <Screen title={t.enrol.title}>
      {ended === 'lost' ? <Notice kind="alarm">{t.enrol.lost}</Notice> : null}
      {ended === 'erased' ? <Notice kind="live">{t.enrol.erased}</Notice> : null}
      <Txt>{t.enrol.intro}</Txt>
      {withKey ? <KeyForm /> : <CodeForm server={params.server} code={params.code} />}
      <Button
        kind="quiet"
        title={withKey ? t.enrol.useCode : t.enrol.useKey}
        onPress={() => setWithKey((before) => !before)}
      />
      <Notice>{`${t.app.aid} ${t.app.advice}`}</Notice>
    </Screen>
  );
}

/** A page of this app, whatever a link says. */
function inside(next: string | undefined): Href {
  return next && /^\/(?!\/)[\w/.:-]*$/.test(next) ? (next as Href) : '/';
}
