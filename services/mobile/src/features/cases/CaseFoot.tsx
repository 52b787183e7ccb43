import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter } from 'expo-router';
import { StyleSheet, View } from 'react-native';

import { eraseCase } from '@/api/cases';
import type { CaseBody } from '@/api/client';
import { PICTURE } from '@/api/picture';
import { Button } from '@/components/Button';
import { Confirm } from '@/components/Confirm';
import { Problem } from '@/components/Problem';
import { Txt } from '@/components/Txt';
import { problemWords } from '@/features/problemWords';
import { useWords } from '@/i18n/WordsProvider';
import { moment } from '@/lib/days';
import { space, width } from '@/theme/scale';
import { caseKey, showErased } from './useCase';

/** What can be done with a photo that has ended, and what it is called. */
export function CaseFoot({ body }: { body: CaseBody }) {
  const { t, dates } = useWords();
  const router = useRouter();
  const client = useQueryClient();
  const erasing = useMutation({
    mutationFn: () => eraseCase(body.id),
    onSuccess: async () => {
      await client.cancelQueries({ queryKey: caseKey(body.id) });
      showErased(client, body);
      client.removeQueries({ queryKey: [PICTURE] });
      await client.invalidateQueries({ queryKey: ['history'] });
    },
  });
  const { lesion_ref: ref } = body;
  return (
    <View style={styles.foot}>
      {ref ? (
        <Button
          kind="plain"
          title={t.result.lesion}
          onPress={() => router.push({ pathname: '/lesions/[ref]', params: { ref } })}
        />
      ) : null}
      <Confirm
        title={t.result.erase}
        question={t.result.eraseAsk}
        yes={t.result.eraseYes}
        disabled={erasing.isPending}
        onYes={() => erasing.mutate()}
      />
      {erasing.isError ? <Problem lines={problemWords(erasing.error, t)} /> : null}
      <Txt kind="small">{`${t.result.taken(moment(body.captured_at ?? body.created_at, dates))} · ${t.result.case(body.id)}`}</Txt>
    </View>
  );
}

const styles = StyleSheet.create({ foot: { width: '100%', maxWidth: width.text, alignSelf: 'center', gap: space.m } });
