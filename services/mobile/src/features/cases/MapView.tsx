import { useState } from 'react';
import { StyleSheet, View } from 'react-native';

import type { CaseBody, LesionClass, ResultBody } from '@/api/client';
import { Card } from '@/components/Card';
import { Choice } from '@/components/Choice';
import { Fader } from '@/components/Fader';
import { Toggle } from '@/components/Toggle';
import { Txt } from '@/components/Txt';
import { useWords } from '@/i18n/WordsProvider';
import { space } from '@/theme/scale';
import { LayeredPhoto } from './LayeredPhoto';
import { Legend } from './Legend';

const CLASSES: LesionClass[] = ['mel', 'bcc', 'akiec', 'nv', 'bkl', 'df', 'vasc'];

type Props = { body: CaseBody; result: ResultBody };

/**
 * The photo, untouched, with the map of one class over it, which can be faded, taken off and changed. Where the server
 * tells this device no probabilities, it shows the one map that explains the answer.
 */
export function MapView({ body, result }: Props) {
  const { t, said } = useWords();
  const { explanation } = result;
  const [label, setLabel] = useState<LesionClass>(explanation.target_class);
  const [on, setOn] = useState(true);
  const [strength, setStrength] = useState(0.7);
  const own = label === explanation.target_class;
  const peak = own && !explanation.empty ? explanation.peak : null;
  const sentence = said(explanation.sentence);
  return (
    <Card title={t.result.photo}>
      <LayeredPhoto body={body} label={label} strength={on ? strength : 0} peak={on ? peak : null} />
      <Txt lang={sentence.language}>{sentence.text}</Txt>
      {own && explanation.empty ? <Txt kind="strong">{t.result.empty}</Txt> : null}
      <Toggle title={t.result.showLayer} on={on} onChange={setOn} />
      {on ? <Strength strength={strength} onChange={setStrength} /> : null}
      <Legend />
      {peak ? <Txt kind="small">{t.result.peak}</Txt> : null}
      <ClassPicker offered={result.probabilities !== null} label={label} onChoose={setLabel} />
    </Card>
  );
}

type PickerProps = { offered: boolean; label: LesionClass; onChoose: (label: LesionClass) => void };

function ClassPicker({ offered, label, onChoose }: PickerProps) {
  const { t } = useWords();
  const options = CLASSES.map((value) => ({ value, title: t.result.classes[value] ?? value }));
  if (!offered) return <Txt kind="small">{t.result.oneMap(t.result.classes[label] ?? label)}</Txt>;
  return (
    <>
      <Txt kind="strong">{t.result.whichClass}</Txt>
      <Choice label={t.result.whichClass} options={options} chosen={label} onChoose={onChoose} />
    </>
  );
}

function Strength({ strength, onChange }: { strength: number; onChange: (strength: number) => void }) {
  const { t } = useWords();
  const said = t.result.percent(Math.round(strength * 100));
  return (
    <View style={styles.strength}>
      <View style={styles.row}>
        <Txt style={styles.words}>{t.result.fade}</Txt>
        <Txt aria-hidden>{said}</Txt>
      </View>
      <Fader label={t.result.fade} value={strength} onChange={onChange} said={said} />
    </View>
  );
}

const styles = StyleSheet.create({
  strength: { gap: space.xs },
  row: { flexDirection: 'row' },
  words: { flex: 1 },
});
