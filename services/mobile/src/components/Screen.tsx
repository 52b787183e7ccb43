import { useRouter } from 'expo-router';
import type { ReactNode } from 'react';
import { ScrollView, StyleSheet, View } from 'react-native';
import { useSafeAreaInsets } from 'react-native-safe-area-context';

import { useWords } from '@/i18n/WordsProvider';
import { space, width } from '@/theme/scale';
import { useColours } from '@/theme/ThemeProvider';
import { Button } from './Button';
import { Txt } from './Txt';
import { usePageTitle } from './usePageTitle';

type Props = {
  title: string;
  /**
   * Without it there is no button. `/` leads to the page before, or there when nothing lies behind, as after a link
   * from elsewhere. `/capture` is the step before of a way whose steps take each other's place.
   */
  back?: '/' | '/capture';
  action?: ReactNode;
  wide?: boolean;
  children: ReactNode;
};

/** One page: a heading, a way back, and what it is about, no wider than can be read. */
export function Screen({ title, back, action, wide = false, children }: Props) {
  const colours = useColours();
  const insets = useSafeAreaInsets();
  usePageTitle(title);
  const limit = { maxWidth: wide ? width.page : width.text };
  const edges = { paddingLeft: space.m + insets.left, paddingRight: space.m + insets.right };
  return (
    <View style={[styles.page, { backgroundColor: colours.paper, paddingTop: insets.top }]}>
      <View role="banner" style={[styles.bar, { borderColor: colours.rule }, edges]}>
        <View style={[styles.inner, styles.row, limit]}>
          {back ? <BackButton fallback={back} /> : null}
          <Txt kind="heading" level={1} style={styles.title}>
            {title}
          </Txt>
          {action}
        </View>
      </View>
      <ScrollView
        role="main"
        contentContainerStyle={[styles.scroll, edges, { paddingBottom: space.xl + insets.bottom }]}
      >
        <View style={[styles.inner, styles.content, limit]}>{children}</View>
      </ScrollView>
    </View>
  );
}

function BackButton({ fallback }: { fallback: '/' | '/capture' }) {
  const { t } = useWords();
  const router = useRouter();
  const leave = () => (fallback === '/' && router.canGoBack() ? router.back() : router.replace(fallback));
  return <Button kind="quiet" icon="back" bare title={t.app.back} onPress={leave} />;
}

const styles = StyleSheet.create({
  page: { flex: 1 },
  bar: { borderBottomWidth: 1, paddingVertical: space.xs },
  row: { flexDirection: 'row', alignItems: 'center', gap: space.xs, minHeight: 48 },
  title: { flex: 1 },
  scroll: { flexGrow: 1, paddingTop: space.m },
  inner: { width: '100%', alignSelf: 'center' },
  content: { gap: space.m },
});
