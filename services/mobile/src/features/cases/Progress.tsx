import { StyleSheet, View } from 'react-native';

import type { CaseBody } from '@/api/client';
import { Card } from '@/components/Card';
import { Txt } from '@/components/Txt';
import { useWords } from '@/i18n/WordsProvider';
import { corner, space } from '@/theme/scale';
import { useColours } from '@/theme/ThemeProvider';

type Step = 'sending' | 'queued' | 'inferring' | 'done';

const STEPS: Step[] = ['sending', 'queued', 'inferring', 'done'];

/** How far a photo on the server is, and how long still, where somebody can tell. */
export function Progress({ progress }: { progress: CaseBody['progress'] }) {
  const { t } = useWords();
  const { queue_position: before, estimated_wait_s: seconds } = progress;
  const lines = [progress.phase === 'inferring' ? t.sending.looking : t.sending.stored];
  if (before) lines.push(t.sending.before(before));
  if (seconds) lines.push(t.sending.about(seconds));
  return (
    <Card>
      <Steps at={progress.phase} />
      <View role="status" aria-live="polite">
        <Txt>{lines.join(' ')}</Txt>
      </View>
    </Card>
  );
}

/** The way of a photo in four steps; which one it has reached is also in words. */
export function Steps({ at }: { at: Step }) {
  const { t } = useWords();
  const colours = useColours();
  const reached = STEPS.indexOf(at);
  return (
    <View
      role="progressbar"
      aria-label={t.sending.progress}
      aria-valuemin={0}
      aria-valuemax={STEPS.length - 1}
      aria-valuenow={reached}
      aria-valuetext={t.sending.steps[at]}
      style={styles.steps}
    >
      <View style={styles.row}>
        {STEPS.map((step, index) => (
          <View
            key={step}
            style={[styles.step, { backgroundColor: index <= reached ? colours.accent : colours.track }]}
          />
        ))}
      </View>
      <Txt kind="strong">{t.sending.steps[at]}</Txt>
    </View>
  );
}

const styles = StyleSheet.create({
  steps: { gap: space.s },
  row: { flexDirection: 'row', gap: space.xs },
  step: { flex: 1, height: 6, borderRadius: corner.round },
});
