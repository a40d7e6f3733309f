import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ExpectedMatches } from '../../src/matches/check.ts';
import { durationsOf, subsetOf } from '../descriptors/support.ts';
import { checked } from './support.ts';

interface Case {
  readonly name: string;
  readonly full: string | null;
  readonly subset: string | null;
  readonly findings: readonly KeyOf[];
}

interface KeyOf {
  readonly file: string;
  readonly rule: string;
  readonly severity: string;
  readonly index?: number | null;
}

const folder = join(import.meta.dirname, '../fixtures/matches');
const table: readonly Case[] = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8'));
const queries = await durationsOf(folder, 'query_metadata.csv');
const full: ExpectedMatches = {
  file: 'full_matches.csv',
  queries,
  references: await durationsOf(folder, 'reference_metadata.csv'),
  querySource: 'query_metadata.csv',
  referenceSource: 'reference_metadata.csv',
};
const subset: ExpectedMatches = {
  ...full,
  file: 'subset_matches.csv',
  queries: await subsetOf(folder, queries),
  querySource: 'query_subset.csv',
};

const keys = (findings: readonly KeyOf[]) =>
  findings.map(({ file, rule, severity, index }) => `${file} ${severity} ${rule} ${index}`).sort();

describe.each([
  ['whole', 2 ** 20],
  ['in parts', 4099],
  ['byte by byte', 1],
])('the table that Python is held to as well, %s', (_, size) => {
  it.each(table.map((row) => [row.name, row] as const))('%s', async (name, row) => {
    // The long one would take its time.
    const step = name === 'late' ? Math.max(size, 7) : size;
    const found = [];
    for (const [file, expected] of [[row.full, full] as const, [row.subset, subset] as const]) {
      if (file === null) continue;
      const { findings } = await checked(await readFile(join(folder, file)), expected, step);
      found.push(...findings);
    }
    const wanted = row.findings.map((finding) => ({
      ...finding,
      index: finding.index ?? undefined,
    }));
    expect(keys(found)).toEqual(keys(wanted as readonly KeyOf[]));
    for (const { message } of found) expect(message).toMatch(/^[^\p{Cc}\p{Cf}]+$/u);
  });
});

/** Verdicts of the competition's own validator; not part of this repository. */
const oracles = join(import.meta.dirname, '../../../shared/oracles/matching/validation');

/** What we reject beyond the reference: it would make the evaluator crash or lie. */
const stricter: Readonly<Record<string, string>> = {
  accept_no_score_column: 'wrong-columns',
  accept_extra_last_column: 'wrong-columns',
  accept_empty_score: 'missing-value',
  accept_text_score: 'not-a-number',
  accept_infinite_end: 'not-finite',
  accept_unknown_ids: 'wrong-id-kind',
  accept_missing_id: 'wrong-id-kind',
  accept_implicit_index: 'wrong-field-count',
};

/** All videos that the oracles speak of. */
const videosOf = (letter: string) =>
  new Map(Array.from({ length: 100 }, (_, at) => [`${letter}${200_000 + at}`, 100]));

describe.skipIf(!existsSync(oracles))(
  `the reference's verdicts (skipped where ${oracles} is absent)`,
  () => {
    const { cases }: { readonly cases: readonly { name: string; accepted: boolean }[] } =
      existsSync(oracles)
        ? JSON.parse(readFileSync(join(oracles, 'expected.json'), 'utf8'))
        : { cases: [] };
    const files = cases.filter(({ name }) => existsSync(join(oracles, `${name}.csv`)));
    it.each(files.map(({ name, accepted }) => [name, accepted] as const))(
      '%s',
      async (name, accepted) => {
        const expected = { ...full, queries: videosOf('Q'), references: videosOf('R') };
        const { findings } = await checked(await readFile(join(oracles, `${name}.csv`)), expected);
        const rules = findings
          .filter(({ severity }) => severity === 'error')
          .map(({ rule }) => rule);
        if (!accepted) expect(rules).not.toEqual([]);
        else expect(rules).toEqual(stricter[name] === undefined ? [] : [stricter[name]]);
      },
    );
  },
);
