import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from 'expo-router';

import { Card } from '@/components/Card';
import { Choice } from '@/components/Choice';
import { Confirm } from '@/components/Confirm';
import { Screen } from '@/components/Screen';
import { Txt } from '@/components/Txt';
import { outbox } from '@/features/outbox/outbox';
import { ownerOf, signOut } from '@/features/session/session';
import { useSession } from '@/features/session/useSession';
import { useWords } from '@/i18n/WordsProvider';
import { DataCard } from './DataCard';
import { prefer, usePreferences } from './preferences';

/** How the app looks, whom it is connected with, and what becomes of the data. */
export function SettingsScreen() {
  const { t } = useWords();
  const leave = useLeaving();
  return (
    <Screen title={t.settings.title} back="/">
      <Looks />
      <Clinic onLeave={() => leave(null)} />
      <DataCard onErased={() => leave('erased')} />
      <Card title={t.settings.about}>
        <Txt>{`${t.app.aid} ${t.settings.aboutText} ${t.app.advice}`}</Txt>
      </Card>
    </Screen>
  );
}

function Looks() {
  const { t } = useWords();
  const { language, appearance } = usePreferences();
  const languages = (['system', 'en', 'de'] as const).map((value) => ({ value, title: t.settings.languages[value] }));
  const appearances = (['system', 'light', 'dark'] as const).map((value) => ({
    value,
    title: t.settings.appearances[value],
  }));
  return (
    <>
      <Card title={t.settings.language}>
        <Choice
          label={t.settings.language}
          options={languages}
          chosen={language}
          onChoose={(chosen) => prefer({ language: chosen })}
        />
      </Card>
      <Card title={t.settings.appearance}>
        <Choice
          label={t.settings.appearance}
          options={appearances}
          chosen={appearance}
          onChoose={(chosen) => prefer({ appearance: chosen })}
        />
      </Card>
    </>
  );
}

function Clinic({ onLeave }: { onLeave: () => void }) {
  const { t } = useWords();
  const session = useSession();
  return (
    <Card title={t.settings.clinic}>
      {session?.kind === 'device' ? <Txt>{t.settings.connected(session.device.clinic.name)}</Txt> : null}
      {session?.kind === 'key' ? <Txt>{t.settings.connectedKey(session.clinic.name)}</Txt> : null}
      {session ? <Txt kind="small">{session.server}</Txt> : null}
      <Confirm
        title={t.settings.signOut}
        question={t.settings.signOutAsk}
        yes={t.settings.signOutYes}
        onYes={onLeave}
      />
    </Card>
  );
}

/** Ends the session and forgets everything of it that is on this device. */
function useLeaving(): (why: 'erased' | null) => void {
  const session = useSession();
  const client = useQueryClient();
  const router = useRouter();
  return (why) => {
    const leave = async () => {
      if (session) await outbox.clear(ownerOf(session));
      await signOut(why);
      client.clear();
      router.replace('/enrol');
    };
    void leave();
  };
}
