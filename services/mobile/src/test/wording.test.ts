import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

import { en } from '@/i18n/en';

const SOURCE = join(__dirname, '..');
const SCREENS = ['app', 'components', 'features'];
/** What is shown or read out of a component; everything else that is text is a name. */
const SHOWN = new Set(
  'title label words hint question yes said alt aria-label aria-valuetext accessibilityLabel accessibilityHint'.split(
    ' ',
  ),
);

type Text = { file: string; text: string };

const files = (folder: string): string[] =>
  (readdirSync(join(SOURCE, folder), { recursive: true }) as string[])
    .filter((name) => /\.tsx?$/.test(name) && !name.includes('.test.'))
    .map((name) => join(folder, name));

const codeOf = (file: string) => readFileSync(join(SOURCE, file), 'utf8');

const isWord = (text: string) => /\p{L}{2}/u.test(text);

/** What decides and what is called is not what is shown, even within what is. */
const isAside = (node: ts.Node) =>
  ts.isCallExpression(node) || ts.isBinaryExpression(node) || ts.isElementAccessExpression(node);

function isShown(node: ts.Node, around: boolean): boolean {
  if (isAside(node)) return false;
  if (ts.isJsxAttribute(node)) return SHOWN.has(node.name.getText());
  return around || (ts.isJsxExpression(node) && !ts.isJsxAttribute(node.parent));
}

/** Words that stand in a screen itself: between tags, or as what a component shows. */
function literal(file: string, code: string): Text[] {
  const found: Text[] = [];
  const visit = (node: ts.Node, around: boolean): void => {
    const text = ts.isJsxText(node) || (around && (ts.isStringLiteralLike(node) || ts.isTemplateHead(node)));
    if (text && isWord(node.text)) found.push({ file, text: node.text.trim() });
    const shown = isShown(node, around);
    ts.forEachChild(node, (child) => visit(child, shown));
  };
  visit(ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX), false);
  return found;
}

it('finds words that stand in a screen', () => {
  const code = `<Txt hint="Hello there" kind="small">{on === 'off' ? 'Yes please' : t.no} Good day</Txt>`;
  expect(literal('x.tsx', code).map(({ text }) => text)).toEqual(['Hello there', 'Yes please', 'Good day']);
});

it('has every text of the screens in the files of strings', () => {
  expect(SCREENS.flatMap(files).flatMap((file) => literal(file, codeOf(file)))).toEqual([]);
});

it('has no text that nobody shows', () => {
  const code = [...SCREENS, 'i18n/WordsProvider.tsx']
    .flatMap((name) => (name.endsWith('.tsx') ? [name] : files(name)))
    .map(codeOf)
    .join('\n');
  const unused = Object.entries(en).flatMap(([name, group]) =>
    (typeof group === 'string' || name === 'sites' ? [] : Object.keys(group))
      .filter((key) => !new RegExp(`t\\.${name}\\.${key}\\b|'${key}'`).test(code))
      .map((key) => `${name}.${key}`),
  );
  expect(unused).toEqual([]);
});
