import { useState } from 'react';
import { Image, StyleSheet, View } from 'react-native';

import type { CaseBody } from '@/api/client';
import { usePicture } from '@/api/picture';
import { Card } from '@/components/Card';
import { Choice } from '@/components/Choice';
import { Txt } from '@/components/Txt';
import { useWords } from '@/i18n/WordsProvider';
import { moment } from '@/lib/days';
import { corner, space } from '@/theme/scale';
import { useColours } from '@/theme/ThemeProvider';

/** Two photos of one spot side by side; the first and the last to begin with. */
export function Comparison({ cases }: { cases: CaseBody[] }) {
  const { t, dates } = useWords();
  const [pair, setPair] = useState<[string, string]>([cases[0]?.id ?? '', cases.at(-1)?.id ?? '']);
  const options = cases.map((body) => ({ value: body.id, title: moment(takenAt(body), dates) }));
  const find = (id: string) => cases.find((body) => body.id === id);
  return (
    <Card title={t.lesion.compare}>
      <Txt kind="small">{t.lesion.compareHint}</Txt>
      <View style={styles.pair}>
        <Side body={find(pair[0])} />
        <Side body={find(pair[1])} />
      </View>
      <Txt kind="strong">{t.lesion.earlier}</Txt>
      <Choice label={t.lesion.earlier} options={options} chosen={pair[0]} onChoose={(id) => setPair([id, pair[1]])} />
      <Txt kind="strong">{t.lesion.later}</Txt>
      <Choice label={t.lesion.later} options={options} chosen={pair[1]} onChoose={(id) => setPair([pair[0], id])} />
    </Card>
  );
}

function Side({ body }: { body: CaseBody | undefined }) {
  const { t, dates } = useWords();
  const colours = useColours();
  const { source } = usePicture(body?.links.image ?? null);
  if (!body) return null;
  const words = t.lesion.photoOf(moment(takenAt(body), dates));
  return (
    <View style={styles.side}>
      <View style={[styles.frame, { aspectRatio: shapeOf(body), backgroundColor: colours.track }]}>
        {source ? (
          <Image source={source} alt={words} accessibilityLabel={words} resizeMode="contain" style={styles.photo} />
        ) : null}
      </View>
      <Txt kind="small">{moment(takenAt(body), dates)}</Txt>
    </View>
  );
}

/** Width by height of a photo, without extremes, so that two of them stand side by side well. */
function shapeOf({ image }: CaseBody): number {
  return image ? Math.min(1.5, Math.max(0.66, image.width / image.height)) : 1;
}

export function takenAt(body: CaseBody): string {
  return body.captured_at ?? body.created_at;
}

const styles = StyleSheet.create({
  pair: { flexDirection: 'row', gap: space.s },
  side: { flex: 1, gap: space.xs },
  frame: { borderRadius: corner.s, overflow: 'hidden' },
  photo: { width: '100%', height: '100%' },
});
