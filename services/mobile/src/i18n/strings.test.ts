import manifest from '../../../../models/lesionlens-dermoscopy/manifest.json';
import { de } from './de';
import { en } from './en';
import { germanOf } from './modelWords';
import { wordsIn } from './WordsProvider';

type Leaf = { path: string; value: string };

/** Every text with its place; of a text that is made from something, one example. */
function leaves(node: unknown, path = ''): Leaf[] {
  if (typeof node === 'string') return [{ path, value: node }];
  if (typeof node === 'function') return [{ path, value: String((node as (...with_: unknown[]) => string)(2, 3, 4)) }];
  return Object.entries(node as object).flatMap(([name, child]) => leaves(child, `${path}.${name}`));
}

/** Names, and words that are the same in both languages. */
const SAME = new Set(['.app.name', '.enrol.code', '.settings.languages.en', '.settings.languages.de']);

it('has every text in both languages', () => {
  const [english, german] = [leaves(en), leaves(de)];
  expect(german.map((leaf) => leaf.path)).toEqual(english.map((leaf) => leaf.path));
  expect([...english, ...german].filter((leaf) => leaf.value.trim() === '')).toEqual([]);
  const left = german.filter((leaf, at) => leaf.value === english[at]?.value && !SAME.has(leaf.path));
  expect(left).toEqual([]);
});

it('never says that no doctor is needed', () => {
  const banned = /no need|need(s)? no doctor|healthy|all clear|kein(en)? Arzt|gesund\b|unbedenklich/i;
  expect([...leaves(en), ...leaves(de)].filter((leaf) => banned.test(leaf.value))).toEqual([]);
});

it('has the German of everything that the shipped model says', () => {
  const { notice, heatmap, decisions, reasons } = manifest.wording;
  const said = [notice, heatmap, ...Object.values(decisions), ...Object.values(reasons)];
  expect(said.filter((sentence) => germanOf(sentence) === null)).toEqual([]);
  expect(germanOf(`${decisions.refer} ${notice}`)).toBe(`${germanOf(decisions.refer)} ${germanOf(notice)}`);
});

it('leaves the words of an unknown model as they are, and says in which language they are', () => {
  expect(wordsIn('de').said('Another model’s words.')).toEqual({ text: 'Another model’s words.', language: 'en' });
  expect(wordsIn('de').said(manifest.wording.heatmap).language).toBe('de');
  expect(wordsIn('en').said(manifest.wording.heatmap).text).toBe(manifest.wording.heatmap);
});
