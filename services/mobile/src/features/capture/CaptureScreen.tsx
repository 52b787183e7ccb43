import { useRouter } from 'expo-router';
import { StyleSheet, View } from 'react-native';

import { Busy } from '@/components/Busy';
import { Button } from '@/components/Button';
import { Card } from '@/components/Card';
import { Notice } from '@/components/Notice';
import { Screen } from '@/components/Screen';
import { Txt } from '@/components/Txt';
import { useWords } from '@/i18n/WordsProvider';
import { space } from '@/theme/scale';
import { Camera } from './Camera';
import { changeDraft, useDraft } from './draft';
import { Review } from './Review';
import { useTaking } from './useTaking';

/** From nothing to a photo that may be sent. */
export function CaptureScreen() {
  const { t } = useWords();
  const router = useRouter();
  const { photo } = useDraft();
  const { stage, setStage, trouble, take, pick } = useTaking(photo !== null);
  const again = () => {
    changeDraft({ photo: null });
    setStage('choose');
  };
  return (
    <Screen title={t.capture.title} back="/">
      {stage === 'choose' ? (
        <Ways onCamera={() => setStage('camera')} onPick={() => void pick()} trouble={trouble} />
      ) : null}
      {stage === 'camera' ? (
        <Camera
          onTaken={(uri) => void take({ uri }, new Date().toISOString())}
          onPick={() => void pick()}
          onLeave={() => setStage('choose')}
        />
      ) : null}
      {stage === 'checking' ? <Busy words={t.capture.checking} /> : null}
      {stage === 'review' && photo ? (
        <Review photo={photo} onAgain={again} onUse={() => router.replace('/details')} />
      ) : null}
    </Screen>
  );
}

type WaysProps = { onCamera: () => void; onPick: () => void; trouble: 'unknownKind' | 'tooLarge' | null };

function Ways({ onCamera, onPick, trouble }: WaysProps) {
  const { t } = useWords();
  return (
    <>
      {trouble ? <Notice kind="alarm">{t.capture[trouble]}</Notice> : null}
      <Card>
        {t.capture.steps.map((step, at) => (
          <View key={step} style={styles.step}>
            <Txt kind="strong">{`${at + 1}.`}</Txt>
            <Txt style={styles.words}>{step}</Txt>
          </View>
        ))}
      </Card>
      <Button icon="camera" title={t.capture.take} onPress={onCamera} />
      <Button kind="plain" icon="picture" title={t.capture.pick} onPress={onPick} />
      <Notice>{t.app.aid}</Notice>
    </>
  );
}

const styles = StyleSheet.create({ step: { flexDirection: 'row', gap: space.s }, words: { flex: 1 } });
