// Writes src/api/schema.d.ts from the committed openapi.json; with --check it only says whether the two agree.
import { readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';

const SOURCE = new URL('../../../openapi.json', import.meta.url);
const TARGET = new URL('../src/api/schema.d.ts', import.meta.url);
const HEAD = '// Made by scripts/api-types.mjs from openapi.json. Not to be edited.\n\n';
const BLOB = ts.factory.createTypeReferenceNode('Blob');

// FastAPI says of a file part what kind of file it is, not that it is binary.
const asBlob = (schema) =>
  schema.format === 'binary' || schema.contentMediaType === 'application/octet-stream' ? BLOB : undefined;

const document = JSON.parse(await readFile(SOURCE, 'utf8'));
const made = HEAD + astToString(await openapiTS(document, { transform: asBlob, defaultNonNullable: false }));

if (process.argv.includes('--check')) {
  if ((await readFile(TARGET, 'utf8').catch(() => '')) !== made) {
    console.error('src/api/schema.d.ts is not what openapi.json says: make mobile-types');
    process.exit(1);
  }
} else {
  await writeFile(TARGET, made);
}
