import { StyleSheet, View } from 'react-native';

import type { ResultBody } from '@/api/client';
import { Card } from '@/components/Card';
import { Txt } from '@/components/Txt';
import { useWords } from '@/i18n/WordsProvider';
import { space } from '@/theme/scale';
import { useColours } from '@/theme/ThemeProvider';

/** One of three answers, what it means, and why, in the words of the model. */
export function Band({ result }: { result: ResultBody }) {
  const { t } = useWords();
  const colours = useColours();
  const { ground, ink } = colours.bands[result.decision];
  const words = t.result.bands[result.decision];
  return (
    <Card ground={ground}>
      <Txt kind="title" level={2} colour={ink}>
        {words.title}
      </Txt>
      <Txt colour={ink}>{words.text}</Txt>
      <Txt kind="strong" colour={ink}>
        {t.result.preliminary}
      </Txt>
      <Reasons reasons={result.reasons} ink={ink} />
    </Card>
  );
}

function Reasons({ reasons, ink }: { reasons: ResultBody['reasons']; ink: string }) {
  const { t, said } = useWords();
  if (reasons.length === 0) return null;
  return (
    <View style={styles.reasons}>
      <Txt kind="strong" level={3} colour={ink}>
        {t.result.why}
      </Txt>
      {reasons.map((reason) => {
        const { text, language } = said(reason.message);
        return (
          <Txt key={reason.code} colour={ink} lang={language}>
            {text}
          </Txt>
        );
      })}
    </View>
  );
}

const styles = StyleSheet.create({ reasons: { gap: space.xs, marginTop: space.s } });
