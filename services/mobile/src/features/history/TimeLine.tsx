import { useRouter } from 'expo-router';
import { StyleSheet, View } from 'react-native';

import type { CaseBody } from '@/api/client';
import { Button } from '@/components/Button';
import { Card } from '@/components/Card';
import { Txt } from '@/components/Txt';
import { useWords } from '@/i18n/WordsProvider';
import { moment } from '@/lib/days';
import { corner, space } from '@/theme/scale';
import { useColours } from '@/theme/ThemeProvider';
import { takenAt } from './Comparison';
import { StateBadge } from './StateBadge';

/** The photos of one spot, one below the other along a line. */
export function TimeLine({ cases }: { cases: CaseBody[] }) {
  const { t } = useWords();
  return (
    <Card title={t.lesion.line}>
      <View role="list">
        {cases.map((body, at) => (
          <Point key={body.id} body={body} last={at === cases.length - 1} />
        ))}
      </View>
    </Card>
  );
}

function Point({ body, last }: { body: CaseBody; last: boolean }) {
  const { t, dates } = useWords();
  const colours = useColours();
  const router = useRouter();
  return (
    <View role="listitem" style={styles.point}>
      <View style={styles.rail} aria-hidden>
        <View style={[styles.dot, { backgroundColor: colours.accent }]} />
        {last ? null : <View style={[styles.thread, { backgroundColor: colours.rule }]} />}
      </View>
      <View style={styles.words}>
        <Txt kind="strong">{moment(takenAt(body), dates)}</Txt>
        <StateBadge body={body} />
        <Button
          kind="plain"
          title={t.lesion.open}
          onPress={() => router.push({ pathname: '/cases/[id]', params: { id: body.id } })}
        />
      </View>
    </View>
  );
}

const styles = StyleSheet.create({
  point: { flexDirection: 'row', gap: space.m },
  rail: { alignItems: 'center', width: 14 },
  dot: { width: 14, height: 14, borderRadius: corner.round, marginTop: 5 },
  thread: { width: 2, flex: 1 },
  words: { flex: 1, gap: space.xs, alignItems: 'flex-start', paddingBottom: space.s },
});
