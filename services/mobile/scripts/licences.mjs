// Writes LICENCES.md from package-lock.json; with --check it only says whether the two agree. Fails for a licence that
// nobody looked at yet.
import { readFileSync, writeFileSync } from 'node:fs';

const file = (name) => new URL(`../${name}`, import.meta.url);
const wanted = JSON.parse(readFileSync(file('package.json'), 'utf8'));
const { packages } = JSON.parse(readFileSync(file('package-lock.json'), 'utf8'));

/** Ask for no more than that their notice goes along. */
const USUAL = [
  'MIT',
  'ISC',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'Unlicense',
  'CC0-1.0',
];
/** Looked at one by one, with what was found. */
const LOOKED_AT = {
  'MIT AND Apache-2.0': 'both, likewise',
  '(MIT OR Apache-2.0)': 'taken under MIT',
  '(MIT OR CC0-1.0)': 'taken under MIT',
  '(BSD-3-Clause OR GPL-2.0)': 'taken under BSD-3-Clause; signs builds on the developer’s machine',
  'Python-2.0': 'parses configuration while building',
  'CC-BY-4.0': 'a table of browsers, used while building',
  'MPL-2.0': 'used while building and testing, unchanged; no part of the app',
  'not stated': 'its package.json says MIT in an older form; used while testing',
};

const nameOf = (path) => path.replace(/^.*node_modules\//, '');
const found = Object.entries(packages)
  .filter(([path]) => path)
  .map(([path, { version, license }]) => ({ name: nameOf(path), version, licence: license ?? 'not stated' }));

const unknown = found.filter(({ licence }) => !USUAL.includes(licence) && !LOOKED_AT[licence]);
if (unknown.length) {
  console.error('licences to look at:', unknown);
  process.exit(1);
}

const versionOf = (name) => packages[`node_modules/${name}`];
const direct = Object.keys(wanted.dependencies).map((name) => {
  const { version, license } = versionOf(name);
  return `| ${name} | ${version} | ${license} |`;
});
const counted = USUAL.map((licence) => [licence, found.filter((each) => each.licence === licence).length])
  .filter(([, count]) => count > 0)
  .map(([licence, count]) => `| ${licence} | ${count} |`);
const special = Object.entries(LOOKED_AT).map(([licence, words]) => {
  const names = new Set(found.filter((each) => each.licence === licence).map(({ name }) => name));
  return `| ${licence} | ${[...names].sort().join(', ')} | ${words} |`;
});

const made = `# Licences of what the app is made with

Made by scripts/licences.mjs from package-lock.json. Not to be edited.

## What the app itself uses

| package | version | licence |
|---|---|---|
${direct.join('\n')}

## All that is installed to build and test it, ${found.length} packages

| licence | packages |
|---|---|
${counted.join('\n')}

| licence | packages | |
|---|---|---|
${special.join('\n')}
`;

if (!process.argv.includes('--check')) writeFileSync(file('LICENCES.md'), made);
else if (readFileSync(file('LICENCES.md'), 'utf8') !== made) {
  console.error('LICENCES.md is not what package-lock.json says: npm run licences');
  process.exit(1);
}
