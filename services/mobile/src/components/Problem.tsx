import { Button } from './Button';
import { Notice } from './Notice';
import { Txt } from './Txt';
import { useColours } from '@/theme/ThemeProvider';
import { useWords } from '@/i18n/WordsProvider';

type Props = { lines: string[]; onRetry?: () => void };

/** What went wrong, in words, and a way to try again where that may help. */
export function Problem({ lines, onRetry }: Props) {
  const { t } = useWords();
  const colours = useColours();
  return (
    <Notice kind="alarm">
      <Txt kind="strong" colour={colours.alarm}>
        {t.problem.title}
      </Txt>
      {lines.map((line) => (
        <Txt key={line} colour={colours.alarm}>
          {line}
        </Txt>
      ))}
      {onRetry ? <Button kind="plain" title={t.app.retry} onPress={onRetry} /> : null}
    </Notice>
  );
}
