import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { type Cause, causes, isOfSubmission } from '../../src/causes.ts';
import { attackTable } from '../hostile/page.ts';
import { withPart } from './made-parts.ts';

const causeTable = (some: (cause: Cause) => boolean) =>
  [
    '| `cause` | means |',
    '| --- | --- |',
    ...(Object.keys(causes) as Cause[])
      .filter(some)
      .map((cause) => `| \`${cause}\` | ${causes[cause]} |`),
  ].join('\n');

it.each([
  ['security.md', 'attacks', attackTable],
  ['json.md', 'causes of submissions', () => causeTable(isOfSubmission)],
  ['json.md', 'causes of the environment', () => causeTable((cause) => !isOfSubmission(cause))],
])('docs/%s has the %s as the code has them', async (name, part, text) => {
  const path = fileURLToPath(new URL(`../../docs/${name}`, import.meta.url));
  const page = await readFile(path, 'utf8');
  const current = withPart(page, part, text());
  if (process.env.VSC_WRITE_DOCS) await writeFile(path, current);
  else expect(page).toBe(current);
});
