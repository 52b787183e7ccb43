import { StyleSheet, useWindowDimensions, View } from 'react-native';

import type { CaseBody, ResultBody } from '@/api/client';
import { Notice } from '@/components/Notice';
import { Txt } from '@/components/Txt';
import { useWords } from '@/i18n/WordsProvider';
import { space, width as widths } from '@/theme/scale';
import { Band } from './Band';
import { MapView } from './MapView';
import { Probabilities } from './Probabilities';

type Props = { body: CaseBody; result: ResultBody };

/** What the model found: the band first, its notice at once, the picture, the numbers last and never without model. */
export function Result({ body, result }: Props) {
  const { width } = useWindowDimensions();
  const wide = width >= widths.columns;
  return (
    <View style={wide ? styles.columns : styles.column}>
      <View style={wide ? styles.left : styles.column}>
        <Band result={result} />
        <ModelWords sentence={result.notice} />
        {wide ? <Probabilities result={result} /> : null}
      </View>
      <View style={wide ? styles.right : null}>
        <MapView body={body} result={result} />
      </View>
      {wide ? null : <Probabilities result={result} />}
    </View>
  );
}

/** The notice, which belongs to the model; in its own language where nobody translated it. */
function ModelWords({ sentence }: { sentence: string }) {
  const { t, locale, said } = useWords();
  const { text, language } = said(sentence);
  return (
    <Notice>
      <Txt kind="strong">{t.app.aid}</Txt>
      {language === locale ? null : <Txt kind="small">{t.app.inOriginal}</Txt>}
      <Txt lang={language}>{text}</Txt>
    </Notice>
  );
}

const styles = StyleSheet.create({
  columns: { flexDirection: 'row', gap: space.l, alignItems: 'flex-start' },
  column: { gap: space.m },
  left: { flex: 2, gap: space.m },
  right: { flex: 3 },
});
