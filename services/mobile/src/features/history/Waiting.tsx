import { useRouter } from 'expo-router';
import { StyleSheet, View } from 'react-native';

import { Button } from '@/components/Button';
import { Card } from '@/components/Card';
import { Icon } from '@/components/Icon';
import { Txt } from '@/components/Txt';
import { useOutbox } from '@/features/outbox/outbox';
import { useWords } from '@/i18n/WordsProvider';
import { moment } from '@/lib/days';
import { space } from '@/theme/scale';
import { useColours } from '@/theme/ThemeProvider';

/** The photos that are only on this device so far. */
export function Waiting() {
  const { t, dates } = useWords();
  const colours = useColours();
  const router = useRouter();
  const { entries } = useOutbox();
  if (entries.length === 0) return null;
  return (
    <Card title={t.history.waiting}>
      {entries.map((entry) => (
        <View key={entry.key} style={styles.row}>
          <Icon name={entry.refusal ? 'caution' : 'clock'} colour={colours.quiet} />
          <View style={styles.words}>
            <Button
              kind="quiet"
              title={moment(new Date(entry.at).toISOString(), dates)}
              onPress={() => router.push({ pathname: '/sending/[key]', params: { key: entry.key } })}
            />
            {entry.refusal ? <Txt kind="small">{t.sending.refused}</Txt> : null}
          </View>
        </View>
      ))}
    </Card>
  );
}

const styles = StyleSheet.create({
  row: { flexDirection: 'row', alignItems: 'center', gap: space.s },
  words: { flex: 1, alignItems: 'flex-start' },
});
