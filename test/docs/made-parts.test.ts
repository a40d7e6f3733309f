import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { type Cause, causes, isOfSubmission } from '../../src/causes.ts';
import { attackTable } from '../hostile/page.ts';
import { withPart } from './made-parts.ts';
import { commandPages, settingsTable } from './reference.ts';

const causeTable = (some: (cause: Cause) => boolean) =>
  [
    '| `cause` | means |',
    '| --- | --- |',
    ...(Object.keys(causes) as Cause[])
      .filter(some)
      .map((cause) => `| \`${cause}\` | ${causes[cause]} |`),
  ].join('\n');

/** What was measured, as the scripts that measure it lay it out. */
const measured = await import(new URL('../../bench/support/kept.mjs', import.meta.url).href);

it.each<[string, string, () => string]>([
  ['performance.md', 'machines', measured.keptMachines],
  ['performance.md', 'comparisons', measured.keptComparisons],
  ['performance.md', 'growths', measured.keptGrowths],
  ['security.md', 'attacks', attackTable],
  ['settings.md', 'settings', settingsTable],
  ['commands.md', 'commands', commandPages],
  ['json.md', 'causes of submissions', () => causeTable(isOfSubmission)],
  ['json.md', 'causes of the environment', () => causeTable((cause) => !isOfSubmission(cause))],
])('docs/%s has the %s as the code has them', async (name, part, text) => {
  const path = fileURLToPath(new URL(`../../docs/${name}`, import.meta.url));
  const page = await readFile(path, 'utf8');
  const current = withPart(page, part, text());
  if (process.env.VSC_WRITE_DOCS) await writeFile(path, current);
  else expect(page).toBe(current);
});

it('docs/performance.svg shows what was measured', async () => {
  const path = fileURLToPath(new URL('../../docs/performance.svg', import.meta.url));
  const script = fileURLToPath(new URL('../../bench/pictures.mjs', import.meta.url));
  const { stdout } = await execa('node', [script]);
  if (process.env.VSC_WRITE_DOCS) await writeFile(path, `${stdout}\n`);
  else expect(await readFile(path, 'utf8')).toBe(`${stdout}\n`);
});
