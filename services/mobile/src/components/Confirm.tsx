import { useState } from 'react';
import { StyleSheet, View } from 'react-native';

import { useWords } from '@/i18n/WordsProvider';
import { space } from '@/theme/scale';
import { Button } from './Button';
import { Notice } from './Notice';
import { Txt } from './Txt';

type Props = { title: string; question: string; yes: string; onYes: () => void; disabled?: boolean };

/** A button whose work cannot be taken back: it asks first, in its own place. */
export function Confirm({ title, question, yes, onYes, disabled = false }: Props) {
  const { t } = useWords();
  const [asking, setAsking] = useState(false);
  if (!asking) return <Button kind="plain" title={title} disabled={disabled} onPress={() => setAsking(true)} />;
  const go = () => {
    setAsking(false);
    onYes();
  };
  return (
    <Notice kind="live">
      <Txt>{question}</Txt>
      <View style={styles.row}>
        <Button kind="danger" title={yes} onPress={go} />
        <Button kind="quiet" title={t.app.cancel} onPress={() => setAsking(false)} />
      </View>
    </Notice>
  );
}

const styles = StyleSheet.create({
  row: { flexDirection: 'row', flexWrap: 'wrap', gap: space.s, marginTop: space.xs },
});
