import { Redirect, Stack, usePathname } from 'expo-router';

import { Busy } from '@/components/Busy';
import { Screen } from '@/components/Screen';
import { useReducedMotion } from '@/components/useReducedMotion';
import { useSessionState } from '@/features/session/useSession';
import { useWords } from '@/i18n/WordsProvider';
import { useColours } from '@/theme/ThemeProvider';

/** Everything behind the connection with a clinic. */
export default function InsideLayout() {
  const { t } = useWords();
  const colours = useColours();
  const { status, unheard } = useSessionState();
  const pathname = usePathname();
  const still = useReducedMotion();
  if (status === 'starting') {
    return (
      <Screen title={t.app.name}>
        <Busy words={unheard > 0 ? t.problem.noAnswer : t.app.loading} />
      </Screen>
    );
  }
  if (status === 'out') return <Redirect href={{ pathname: '/enrol', params: { next: pathname } }} />;
  const look = { headerShown: false, contentStyle: { backgroundColor: colours.paper } };
  return <Stack screenOptions={{ ...look, animation: still ? 'none' : 'default' }} />;
}
