import { Image, StyleSheet, View } from 'react-native';
import Svg, { Circle } from 'react-native-svg';

import type { CaseBody, LesionClass, ResultBody } from '@/api/client';
import { usePicture, type Picture } from '@/api/picture';
import { Txt } from '@/components/Txt';
import { useWords } from '@/i18n/WordsProvider';
import { corner } from '@/theme/scale';
import { useColours } from '@/theme/ThemeProvider';

type Props = {
  body: CaseBody;
  label: LesionClass;
  /** How strongly the map shows, 0 to 1. */
  strength: number;
  /** Where the evidence is strongest, in pixels of the stored photo. */
  peak: ResultBody['explanation']['peak'];
};

/** The stored photo with the map of one class exactly over it. The photo itself is never changed. */
export function LayeredPhoto({ body, label, strength, peak }: Props) {
  const { t } = useWords();
  const colours = useColours();
  const photo = usePicture(body.links.image);
  const layer = usePicture(body.links.layer && `/v1/cases/${body.id}/layer?class=${label}`);
  const { width, height } = body.image ?? { width: 4, height: 3 };
  const name = t.result.classes[label] ?? label;
  return (
    <View style={[styles.frame, { aspectRatio: width / height, backgroundColor: colours.track }]}>
      <Whole picture={photo} words={t.result.photo} />
      <View testID="layer" style={[StyleSheet.absoluteFill, { opacity: strength }]}>
        <Whole picture={layer} words={t.result.layerOf(name)} />
      </View>
      {peak ? <PeakRing peak={peak} width={width} height={height} /> : null}
      {photo.failed || layer.failed ? <Txt colour={colours.alarm}>{t.problem.title}</Txt> : null}
    </View>
  );
}

function Whole({ picture, words }: { picture: Picture; words: string }) {
  if (!picture.source) return null;
  return (
    <Image source={picture.source} alt={words} accessibilityLabel={words} resizeMode="stretch" style={styles.whole} />
  );
}

type RingProps = { peak: { x: number; y: number }; width: number; height: number };

function PeakRing({ peak, width, height }: RingProps) {
  const colours = useColours();
  const size = Math.min(width, height);
  return (
    <Svg style={[StyleSheet.absoluteFill, styles.still]} viewBox={`0 0 ${width} ${height}`} aria-hidden>
      <Circle cx={peak.x} cy={peak.y} r={size * 0.035} fill="none" stroke={colours.shade} strokeWidth={size * 0.012} />
      <Circle
        cx={peak.x}
        cy={peak.y}
        r={size * 0.035}
        fill="none"
        stroke={colours.onShade}
        strokeWidth={size * 0.006}
      />
    </Svg>
  );
}

const styles = StyleSheet.create({
  frame: { width: '100%', borderRadius: corner.s, overflow: 'hidden' },
  whole: { position: 'absolute', width: '100%', height: '100%' },
  still: { pointerEvents: 'none' },
});
