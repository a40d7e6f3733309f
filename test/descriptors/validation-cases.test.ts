import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { NpzFile } from '../../src/descriptors/npz.ts';
import { dimensionFindings, type ExpectedSet } from '../../src/descriptors/rules.ts';
import { checkSet } from '../../src/descriptors/validate.ts';
import type { Finding } from '../../src/errors.ts';
import { durationsOf, subsetOf, waysToRead } from './support.ts';

interface Case {
  readonly name: string;
  readonly query: string;
  readonly reference: string;
  readonly subset: string | null;
  readonly findings: readonly { file: string; rule: string; index: number | null }[];
}

type Open = (bytes: Buffer) => NpzFile;

/** The three sets of a case, checked as a run checks them. */
async function checkSets(
  folder: string,
  files: { query: string; reference: string; subset: string | null },
  open: Open,
): Promise<readonly Finding[]> {
  const queries = await durationsOf(folder, 'query_metadata.csv');
  const references = await durationsOf(folder, 'reference_metadata.csv');
  const check = async (name: string, expected: ExpectedSet) =>
    checkSet(open(await readFile(join(folder, name))), expected, { scanFinite: true });
  const query = await check(files.query, {
    file: 'query_descriptors.npz',
    kind: 'query',
    durations: queries,
    source: 'query_metadata.csv',
  });
  const reference = await check(files.reference, {
    file: 'reference_descriptors.npz',
    kind: 'reference',
    durations: references,
    source: 'reference_metadata.csv',
  });
  const findings = [
    ...query.findings,
    ...reference.findings,
    ...dimensionFindings(reference, query),
  ];
  if (files.subset === null) return findings;
  const subset = await check(files.subset, {
    file: 'subset_query_descriptors.npz',
    kind: 'query',
    durations: await subsetOf(folder, queries),
    source: 'query_subset.csv',
  });
  return [...findings, ...subset.findings, ...dimensionFindings(subset, reference)];
}

const keys = (findings: readonly { file: string; rule: string; index?: number | null }[]) =>
  findings.map(({ file, rule, index }) => `${file} ${rule} ${index ?? '-'}`).sort();

const tableFolder = join(import.meta.dirname, '../fixtures/validation');
const table: readonly Case[] = JSON.parse(readFileSync(join(tableFolder, 'cases.json'), 'utf8'));

describe.each(Object.entries(waysToRead))(
  'the table that Python is held to as well, %s',
  (_, open) => {
    it.each(table.map((row) => [row.name, row] as const))('%s', async (_name, row) => {
      const findings = await checkSets(tableFolder, row, open);
      expect(keys(findings)).toEqual(keys(row.findings));
      for (const { message, severity } of findings) {
        expect(message).toMatch(/\w/);
        expect(severity).toBe('error');
      }
    });
  },
);

/** Verdicts of the competition's own validator; not part of this repository. */
const oracles = join(import.meta.dirname, '../../../shared/oracles/validation');

interface Oracle {
  readonly name: string;
  readonly subset: boolean;
  readonly reference_accepts: boolean;
}

/** What we reject beyond the reference: the end of rule 6, and rule 7. */
const stricter: Readonly<Record<string, string>> = {
  empty: 'no-vectors',
  'timestamps-3-columns': 'timestamps-shape',
  'nan-feature': 'not-finite',
  'inf-feature': 'not-finite',
  'dims-differ': 'dimensions-differ',
  'unknown-video-id': 'unknown-video',
};

describe.skipIf(!existsSync(oracles))(
  `the reference's verdicts (skipped where ${oracles} is absent)`,
  () => {
    const verdicts: readonly Oracle[] = existsSync(oracles)
      ? JSON.parse(readFileSync(join(oracles, 'expected.json'), 'utf8'))
      : [];
    it.each(verdicts.map((verdict) => [verdict.name, verdict] as const))(
      '%s',
      async (name, verdict) => {
        const query = `${name}.query.npz`;
        const files = {
          query: verdict.subset ? 'valid.query.npz' : query,
          reference: `${name}.reference.npz`,
          subset: verdict.subset ? query : null,
        };
        const findings = await checkSets(
          oracles,
          files,
          (bytes) => waysToRead['at any place']?.(bytes) as NpzFile,
        );
        const rules = findings.map(({ rule }) => rule);
        if (!verdict.reference_accepts) expect(rules).not.toEqual([]);
        else if (stricter[name] === undefined) expect(rules).toEqual([]);
        else expect(rules).toContain(stricter[name]);
      },
    );
  },
);
