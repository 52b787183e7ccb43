import { useRouter } from 'expo-router';
import { Image, Pressable, StyleSheet, View } from 'react-native';

import type { CaseBody } from '@/api/client';
import { usePicture } from '@/api/picture';
import { Icon } from '@/components/Icon';
import { Txt } from '@/components/Txt';
import { useWords } from '@/i18n/WordsProvider';
import { day } from '@/lib/days';
import { corner, space } from '@/theme/scale';
import { useColours } from '@/theme/ThemeProvider';
import type { Group } from './groups';
import { StateBadge } from './StateBadge';

/** One spot: its newest photo, what came of it, and the way to the others. */
export function GroupCard({ group }: { group: Group }) {
  const { t, dates } = useWords();
  const colours = useColours();
  const router = useRouter();
  const { newest, ref, cases } = group;
  const place = (group.site && t.sites[group.site]) ?? group.site ?? t.unknownSite;
  const when = day(newest.captured_at ?? newest.created_at, dates);
  const open = () => {
    if (ref && cases.length > 1) router.push({ pathname: '/lesions/[ref]', params: { ref } });
    else router.push({ pathname: '/cases/[id]', params: { id: newest.id } });
  };
  return (
    <Pressable
      role="link"
      onPress={open}
      style={({ pressed }) => [
        styles.card,
        { backgroundColor: colours.card, borderColor: colours.rule },
        pressed ? styles.faint : null,
      ]}
    >
      <Cover body={newest} words={t.history.coverOf(place)} />
      <View style={styles.words}>
        <Txt kind="strong">{place}</Txt>
        <Txt kind="small">{cases.length > 1 ? `${when} · ${t.history.count(cases.length)}` : when}</Txt>
        <StateBadge body={newest} />
      </View>
      <Icon name="forward" colour={colours.quiet} size={20} />
    </Pressable>
  );
}

/** A small picture of a case; without words it says nothing by itself. */
export function Cover({ body, words, size = 72 }: { body: CaseBody; words?: string; size?: number }) {
  const colours = useColours();
  const { source } = usePicture(body.links.image);
  return (
    <View
      aria-hidden={words === undefined}
      style={[styles.cover, { width: size, height: size, backgroundColor: colours.track }]}
    >
      {source ? (
        <Image
          source={source}
          alt={words ?? ''}
          accessibilityLabel={words}
          resizeMode="cover"
          style={{ width: size, height: size }}
        />
      ) : (
        <Icon name="picture" colour={colours.quiet} />
      )}
    </View>
  );
}

const styles = StyleSheet.create({
  card: {
    flexDirection: 'row',
    alignItems: 'center',
    gap: space.m,
    padding: space.s,
    borderWidth: 1,
    borderRadius: corner.m,
  },
  cover: {
    borderRadius: corner.s,
    overflow: 'hidden',
    alignItems: 'center',
    justifyContent: 'center',
  },
  words: { flex: 1, gap: space.xs },
  faint: { opacity: 0.7 },
});
