import { CameraView, useCameraPermissions } from 'expo-camera';
import { useRef, useState } from 'react';
import { StyleSheet, View } from 'react-native';

import { Busy } from '@/components/Busy';
import { Button } from '@/components/Button';
import { Notice } from '@/components/Notice';
import { Txt } from '@/components/Txt';
import { useWords } from '@/i18n/WordsProvider';
import { corner, space } from '@/theme/scale';
import { useColours } from '@/theme/ThemeProvider';
import { FramingGuide } from './FramingGuide';

type Props = { onTaken: (uri: string) => void; onPick: () => void; onLeave: () => void };

/** The camera, if there is one and it may be used; else the way to a photo without it. */
export function Camera({ onTaken, onPick, onLeave }: Props) {
  const { t } = useWords();
  const [permission, ask] = useCameraPermissions();
  const [broken, setBroken] = useState(false);
  if (!permission) return <Busy words={t.capture.starting} />;
  if (!permission.granted && permission.canAskAgain) {
    return <Button icon="camera" title={t.capture.allow} onPress={() => void ask()} />;
  }
  if (!permission.granted || broken) {
    return (
      <>
        <Notice kind="alarm">{t.capture.noCamera}</Notice>
        <Button icon="picture" title={t.capture.pick} onPress={onPick} />
      </>
    );
  }
  return <Viewfinder onTaken={onTaken} onLeave={onLeave} onBroken={() => setBroken(true)} />;
}

type ViewfinderProps = { onTaken: (uri: string) => void; onLeave: () => void; onBroken: () => void };

function Viewfinder({ onTaken, onLeave, onBroken }: ViewfinderProps) {
  const { t } = useWords();
  const colours = useColours();
  const camera = useRef<CameraView>(null);
  const [ready, setReady] = useState(false);
  const shoot = async () => {
    setReady(false);
    const picture = await camera.current?.takePictureAsync({ quality: 0.95, exif: false, imageType: 'jpg' });
    if (picture) onTaken(picture.uri);
    else onBroken();
  };
  return (
    <>
      <Txt>{t.capture.frame}</Txt>
      <View style={[styles.frame, { backgroundColor: colours.track }]}>
        <CameraView
          ref={camera}
          style={StyleSheet.absoluteFill}
          facing="back"
          mute
          onCameraReady={() => setReady(true)}
          onMountError={onBroken}
        />
        <FramingGuide />
      </View>
      <Button icon="camera" title={t.capture.shutter} disabled={!ready} onPress={() => void shoot()} />
      <Button kind="quiet" title={t.app.cancel} onPress={onLeave} />
    </>
  );
}

const styles = StyleSheet.create({
  frame: {
    aspectRatio: 3 / 4,
    width: '100%',
    maxHeight: 560,
    borderRadius: corner.m,
    overflow: 'hidden',
    gap: space.s,
  },
});
