import { Redirect, useRouter } from 'expo-router';
import { useState } from 'react';

import { Button } from '@/components/Button';
import { Card } from '@/components/Card';
import { Check } from '@/components/Check';
import { Choice } from '@/components/Choice';
import { Field } from '@/components/Field';
import { Notice } from '@/components/Notice';
import { Screen } from '@/components/Screen';
import { Txt } from '@/components/Txt';
import { clearDraft, useDraft, type DraftPhoto } from '@/features/capture/draft';
import { useSession, useSubjectRef } from '@/features/session/useSession';
import { useWords } from '@/i18n/WordsProvider';
import { BodyMap } from './BodyMap';
import { EMPTY_FORM, isAge, type Form } from './form';
import { LesionPicker } from './LesionPicker';
import { post } from './post';
import { SITES } from './regions';

export type FormProps = { form: Form; change: (part: Partial<Form>) => void };

/** What there is to say about a photo. All but the consent may be left out. */
export function DetailsScreen() {
  const draft = useDraft();
  if (!draft.photo) return <Redirect href="/capture" />;
  return <Details photo={draft.photo} lesion={draft.lesion} />;
}

function Details({ photo, lesion }: { photo: DraftPhoto; lesion: string | null }) {
  const { t } = useWords();
  const [form, setForm] = useState<Form>({ ...EMPTY_FORM, lesion });
  const change = (part: Partial<Form>) => setForm((before) => ({ ...before, ...part }));
  return (
    <Screen title={t.details.title} back="/capture">
      <Modality form={form} change={change} />
      <Site form={form} change={change} />
      <LesionPicker form={form} change={change} />
      <Person form={form} change={change} />
      <Send photo={photo} form={form} change={change} />
    </Screen>
  );
}

function Modality({ form, change }: FormProps) {
  const { t } = useWords();
  const options = (['dermoscopy', 'clinical', 'unknown'] as const).map((value) => ({
    value,
    title: t.details.modalities[value],
  }));
  return (
    <Card title={t.details.dermatoscope}>
      <Txt kind="small">{t.details.dermatoscopeHint}</Txt>
      <Choice
        stacked
        label={t.details.dermatoscope}
        options={options}
        chosen={form.modality}
        onChoose={(modality) => change({ modality })}
      />
    </Card>
  );
}

function Site({ form, change }: FormProps) {
  const { t } = useWords();
  const options = SITES.map((value) => ({ value, title: t.sites[value] ?? value }));
  const choose = (site: string) => change({ site: site === form.site ? null : site });
  return (
    <Card title={t.details.site}>
      <BodyMap chosen={form.site} onChoose={choose} />
      <Choice label={t.details.site} options={options} chosen={form.site} onChoose={choose} />
    </Card>
  );
}

function Person({ form, change }: FormProps) {
  const { t } = useWords();
  const options = (['female', 'male', 'other', 'unknown'] as const).map((value) => ({
    value,
    title: t.details.sexes[value],
  }));
  return (
    <Card title={t.details.person}>
      <Field
        label={t.details.age}
        value={form.age}
        inputMode="numeric"
        maxLength={3}
        onChangeText={(age) => change({ age })}
        problem={isAge(form.age) ? null : t.details.ageWrong}
      />
      <Txt kind="strong">{t.details.sex}</Txt>
      <Choice label={t.details.sex} options={options} chosen={form.sex} onChoose={(sex) => change({ sex })} />
    </Card>
  );
}

function Send({ photo, form, change }: FormProps & { photo: DraftPhoto }) {
  const { t } = useWords();
  const router = useRouter();
  const session = useSession();
  const subjectRef = useSubjectRef();
  const [asked, setAsked] = useState(false);
  const [busy, setBusy] = useState(false);
  const send = async () => {
    setAsked(true);
    if (!form.consented || !isAge(form.age) || !session) return;
    setBusy(true);
    const key = await post({ photo, form, session, subjectRef });
    router.replace({ pathname: '/sending/[key]', params: { key } });
    clearDraft();
  };
  return (
    <Card>
      <Check title={t.details.consent} checked={form.consented} onChange={(consented) => change({ consented })} />
      {asked && !form.consented ? <Notice kind="alarm">{t.details.consentMissing}</Notice> : null}
      <Button title={t.details.send} disabled={busy} onPress={() => void send()} />
    </Card>
  );
}
