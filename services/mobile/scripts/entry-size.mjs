// Says how much a browser loads before anything is shown, and fails above the limit: node entry-size.mjs FOLDER
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const LIMIT_KB = 450;
const [folder] = process.argv.slice(2);
const page = readFileSync(join(folder, 'index.html'), 'utf8');
const named = [...page.matchAll(/<script[^>]* src="\/app\/([^"]+)"/g)].map((found) => found[1]);
if (named.length === 0) throw new Error('the page names no script');
const bytes = named.map((name) => gzipSync(readFileSync(join(folder, name)), { level: 9 }).length);
const kB = bytes.reduce((sum, each) => sum + each, 0) / 1000;
console.log(
  `entry: ${kB.toFixed(0)} kB gzipped of ${LIMIT_KB}; files: ${readdirSync(folder, { recursive: true }).length}`,
);
if (kB > LIMIT_KB) process.exit(1);
