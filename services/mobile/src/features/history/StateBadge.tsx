import type { CaseBody } from '@/api/client';
import { Badge } from '@/components/Badge';
import { useWords } from '@/i18n/WordsProvider';
import { useColours } from '@/theme/ThemeProvider';

/** In one line what came of a photo, or how far it is. */
export function StateBadge({ body }: { body: CaseBody }) {
  const { t } = useWords();
  const colours = useColours();
  if (!body.result) {
    return <Badge title={t.history.states[body.state] ?? body.state} ground={colours.track} ink={colours.ink} />;
  }
  const { decision } = body.result;
  return <Badge title={t.result.bands[decision].title} {...colours.bands[decision]} />;
}
