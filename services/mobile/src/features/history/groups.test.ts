import type { CaseBody } from '@/api/client';
import { groupsOf } from './groups';

const photo = (id: string, lesion: string | null, site: string | null = null) =>
  ({ id, lesion_ref: lesion, body_site: site }) as CaseBody;

it('brings the photos of a spot together, in the order of the newest', () => {
  const cases = [photo('4', 'b'), photo('3', null), photo('2', 'a', 'chest'), photo('1', 'b', 'left arm')];
  const groups = groupsOf(cases);
  expect(groups.map((group) => [group.ref, group.cases.map((each) => each.id)])).toEqual([
    ['b', ['4', '1']],
    [null, ['3']],
    ['a', ['2']],
  ]);
  expect(groups.map((group) => group.site)).toEqual(['left arm', null, 'chest']);
});

it('keeps photos of no spot apart', () => {
  expect(groupsOf([photo('2', null), photo('1', null)])).toHaveLength(2);
});
