import { StyleSheet, View } from 'react-native';

import type { CaseBody } from '@/api/client';
import { Card } from '@/components/Card';
import { Icon } from '@/components/Icon';
import { Txt } from '@/components/Txt';
import { useWords } from '@/i18n/WordsProvider';
import { space } from '@/theme/scale';
import { useColours } from '@/theme/ThemeProvider';
import { Retake } from './Retake';

type Rejection = NonNullable<CaseBody['rejection']>;

/** Why the photo carries no result, and how the next one does: both in the words of the model. */
export function Rejected({ rejection }: { rejection: Rejection }) {
  const { t, said } = useWords();
  const colours = useColours();
  return (
    <Card>
      <Txt>{t.result.rejectedText}</Txt>
      {rejection.reasons.map((reason) => {
        const { text, language } = said(reason.message);
        return (
          <View key={reason.code} style={styles.reason}>
            <Icon name="caution" colour={colours.accent} />
            <Txt lang={language} style={styles.words}>
              {text}
            </Txt>
          </View>
        );
      })}
      <Txt kind="strong">{t.result.worried}</Txt>
      <Retake />
    </Card>
  );
}

const styles = StyleSheet.create({
  reason: { flexDirection: 'row', gap: space.s, alignItems: 'flex-start' },
  words: { flex: 1 },
});
