import { StyleSheet, View } from 'react-native';

import type { ResultBody } from '@/api/client';
import { Card } from '@/components/Card';
import { Txt } from '@/components/Txt';
import { useWords } from '@/i18n/WordsProvider';
import { percent } from '@/lib/days';
import { corner, space } from '@/theme/scale';
import { useColours } from '@/theme/ThemeProvider';

/** The classes by what the model gives them, where the server hands numbers out, and which model it was. */
export function Probabilities({ result }: { result: ResultBody }) {
  const { t } = useWords();
  const ranked = Object.entries(result.probabilities ?? {}).sort((one, other) => other[1] - one[1]);
  const { name, version, status } = result.model;
  return (
    <Card title={t.result.probabilities}>
      {ranked.length ? <Txt kind="small">{t.result.probabilitiesHint}</Txt> : <Txt>{t.result.noProbabilities}</Txt>}
      <View role="list">
        {ranked.map(([label, share]) => (
          <Bar key={label} title={t.result.classes[label] ?? label} share={share} strong={label === result.label} />
        ))}
      </View>
      <Txt kind="small">{t.result.model(name, version.slice(0, 12), status)}</Txt>
    </Card>
  );
}

function Bar({ title, share, strong }: { title: string; share: number; strong: boolean }) {
  const colours = useColours();
  const { dates } = useWords();
  const shown = percent(share, dates);
  return (
    <View role="listitem" style={styles.bar}>
      <View style={styles.words}>
        <Txt kind={strong ? 'strong' : 'body'} style={styles.title}>
          {title}
        </Txt>
        <Txt kind={strong ? 'strong' : 'body'}>{shown}</Txt>
      </View>
      <View style={[styles.track, { backgroundColor: colours.track }]}>
        <View style={[styles.fill, { width: `${Math.max(0.5, share * 100)}%`, backgroundColor: colours.accent }]} />
      </View>
    </View>
  );
}

const styles = StyleSheet.create({
  bar: { gap: 2, paddingVertical: space.xs },
  words: { flexDirection: 'row', gap: space.s },
  title: { flex: 1 },
  track: { height: 8, borderRadius: corner.round, overflow: 'hidden' },
  fill: { height: 8 },
});
