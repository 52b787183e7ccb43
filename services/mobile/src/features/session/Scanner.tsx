import { CameraView, useCameraPermissions } from 'expo-camera';
import { useState } from 'react';
import { StyleSheet, View } from 'react-native';

import { Button } from '@/components/Button';
import { Txt } from '@/components/Txt';
import { useWords } from '@/i18n/WordsProvider';
import { corner, space } from '@/theme/scale';
import { readInvitation, type Invitation } from './invitation';

type Props = { onScanned: (invitation: Invitation) => void };

/** Reads the QR code that a clinic shows. What was read is only filled in: a person still connects. */
export function Scanner({ onScanned }: Props) {
  const { t } = useWords();
  const [permission, ask] = useCameraPermissions();
  const [stage, setStage] = useState<'idle' | 'open' | 'done'>('idle');
  const begin = async () => {
    const granted = permission?.granted || (await ask()).granted;
    setStage(granted ? 'open' : 'idle');
  };
  const read = ({ data }: { data: string }) => {
    const invitation = readInvitation(data);
    if (!invitation) return;
    onScanned(invitation);
    setStage('done');
  };
  if (stage !== 'open') {
    return (
      <>
        <Button kind="plain" icon="camera" title={t.enrol.scan} onPress={() => void begin()} />
        {stage === 'done' ? <Txt role="status">{t.enrol.scanned}</Txt> : null}
      </>
    );
  }
  return (
    <View style={styles.scanner}>
      <Txt>{t.enrol.scanHint}</Txt>
      <CameraView style={styles.view} barcodeScannerSettings={{ barcodeTypes: ['qr'] }} onBarcodeScanned={read} />
      <Button kind="quiet" title={t.app.cancel} onPress={() => setStage('idle')} />
    </View>
  );
}

const styles = StyleSheet.create({
  scanner: { gap: space.s },
  view: { width: '100%', aspectRatio: 1, borderRadius: corner.m, overflow: 'hidden' },
});
