import { Image, StyleSheet } from 'react-native';

import { Button } from '@/components/Button';
import { Notice } from '@/components/Notice';
import { Txt } from '@/components/Txt';
import { useWords } from '@/i18n/WordsProvider';
import { corner } from '@/theme/scale';
import { useColours } from '@/theme/ThemeProvider';
import type { DraftPhoto } from './draft';

type Props = { photo: DraftPhoto; onAgain: () => void; onUse: () => void };

/** The photo once more before it is used, with what the phone has against it. A hint never forbids. */
export function Review({ photo, onAgain, onUse }: Props) {
  const { t } = useWords();
  const colours = useColours();
  const doubtful = photo.concerns !== null && photo.concerns.length > 0;
  return (
    <>
      <Image
        source={{ uri: photo.file.uri }}
        accessibilityLabel={t.capture.yours}
        alt={t.capture.yours}
        resizeMode="contain"
        style={[styles.photo, { backgroundColor: colours.track }]}
      />
      {doubtful ? <Concerns photo={photo} /> : <Txt>{photo.concerns ? t.capture.good : t.capture.unreadable}</Txt>}
      <Button
        kind={doubtful ? 'plain' : 'primary'}
        title={doubtful ? t.capture.useAnyway : t.capture.use}
        onPress={onUse}
      />
      <Button kind={doubtful ? 'primary' : 'plain'} title={t.capture.again} onPress={onAgain} />
    </>
  );
}

function Concerns({ photo }: { photo: DraftPhoto }) {
  const { t } = useWords();
  return (
    <Notice kind="live">
      {photo.concerns?.map((concern) => (
        <Txt key={concern}>{t.capture.concerns[concern]}</Txt>
      ))}
    </Notice>
  );
}

const styles = StyleSheet.create({ photo: { width: '100%', aspectRatio: 4 / 3, borderRadius: corner.m } });
