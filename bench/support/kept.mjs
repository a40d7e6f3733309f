import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { machineLine } from './machine.mjs';
import { comparisons, growths } from './table.mjs';

const folder = join(import.meta.dirname, '../results');

/** What was measured last, by files of rows: `machine` and `rows` of each. */
const kept = () =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));

/** All rows that were measured. */
export const keptRows = () => kept().flatMap(({ rows }) => rows);

/** On what they were, a line for each machine and commit. */
export const keptMachines = () =>
  [...new Set(kept().map(({ machine }) => `- ${machineLine(machine)}`))].join('\n');

/** Rows against something else, for docs/performance.md. */
export const keptComparisons = () =>
  comparisons(keptRows().filter(({ ratios }) => ratios.length > 0));

/** How cost grows, for docs/performance.md. */
export const keptGrowths = () => growths(keptRows());
