import { Card } from '@/components/Card';
import { Choice } from '@/components/Choice';
import { Txt } from '@/components/Txt';
import { Cover } from '@/features/history/GroupCard';
import { groupsOf } from '@/features/history/groups';
import { useHistory } from '@/features/history/useHistory';
import { useWords } from '@/i18n/WordsProvider';
import { day } from '@/lib/days';
import type { FormProps } from './DetailsScreen';

const NEW = '';
const MOST = 8;

/** A new spot, or one that was photographed before; of these the newest few. */
export function LesionPicker({ form, change }: FormProps) {
  const { t, dates } = useWords();
  const history = useHistory();
  const known = groupsOf(history.cases)
    .filter((group) => group.ref !== null)
    .slice(0, MOST);
  const options = [
    { value: NEW, title: t.details.newLesion },
    ...known.map((group) => {
      const site = (group.site && t.sites[group.site]) ?? group.site ?? t.unknownSite;
      return {
        value: group.ref ?? NEW,
        title: t.details.knownLesion(site, day(group.newest.created_at, dates)),
        lead: <Cover body={group.newest} size={56} />,
      };
    }),
  ];
  if (known.length === 0 && form.lesion === null) return null;
  return (
    <Card title={t.details.lesion}>
      <Txt kind="small">{t.details.lesionHint}</Txt>
      <Choice
        stacked
        label={t.details.lesion}
        options={options}
        chosen={form.lesion ?? NEW}
        onChoose={(ref) => change({ lesion: ref === NEW ? null : ref })}
      />
    </Card>
  );
}
