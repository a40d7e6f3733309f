import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import type { MatchTable } from '../../src/matches/match-table.ts';
import { type MatchesForm, MatchesReader, readMatchesFile } from '../../src/matches/read.ts';
import { COLUMNS } from '../../src/matches/rows.ts';
import { segmentScore } from '../../src/scoring/segments/segment-ap.ts';
import { folderWith } from '../support/folder.ts';

type Columns = MatchesForm['columns'];

const header = `${COLUMNS.join()}\n`;
const form = (columns: Columns): MatchesForm => ({
  name: 'm.csv',
  columns,
  fail: (message) => new UsageError(message),
});

const read = (text: string, columns: Columns = 'submitted', size = 7) => {
  const reader = new MatchesReader(form(columns));
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
  return reader.end();
};

const rows = (table: MatchTable) => {
  const [queries, references] = [[...table.queries.keys()], [...table.references.keys()]];
  return Array.from({ length: table.length }, (_, row) => [
    queries[table.query[row] as number],
    references[table.reference[row] as number],
    table.queryStart[row],
    table.queryEnd[row],
    table.referenceStart[row],
    table.referenceEnd[row],
    table.score[row],
  ]);
};

describe('MatchesReader', () => {
  const plain = `${header}Q1,R2,1,2.5,3,4,0.5\nQ1,R1,-1,-2,3,3,-3e-05\n`;
  const expected = [
    ['Q1', 'R2', 1, 2.5, 3, 4, 0.5],
    ['Q1', 'R1', -1, -2, 3, 3, -3e-5],
  ];

  it.each([
    ['plain', plain],
    ['no last line end', plain.slice(0, -1)],
    ['Windows line ends', plain.replaceAll('\n', '\r\n')],
    ['old line ends', plain.replaceAll('\n', '\r')],
    ['quotes', plain.replaceAll(/[^,\n]+/g, '"$&"')],
    ['a byte order mark and blank lines', `\uFEFF \n${plain.replaceAll('\n', '\n\t\n')}`],
    ['blanks around numbers', plain.replace('2.5', ' 2.5\t')],
  ])('reads %s', (_, text) => {
    for (const size of [1, 7, 9999]) expect(rows(read(text, 'submitted', size))).toEqual(expected);
  });

  const moved = 'x,score,ref_end,ref_start,query_end,query_start,ref_id,query_id\n';

  it('finds columns by name, in any order, beside others', () => {
    const text = `${moved}?,0.5,4,3,2,1,R1,Q1\n`;
    expect(rows(read(text, 'any'))).toEqual([['Q1', 'R1', 1, 2, 3, 4, 0.5]]);
    expect(() => read(text)).toThrow('m.csv, line 1: the columns are not query_id,ref_id,');
  });

  it('passes over the score of a ground truth, whatever it is', () => {
    const text = `${moved}?,nan,4,3,2,1,R1,Q1\n,,4,3,2,1,R1,Q2\n`;
    expect(rows(read(text, 'truth')).map(([query, , , , , , score]) => [query, score])).toEqual([
      ['Q1', 0],
      ['Q2', 0],
    ]);
    expect(read('query_id,ref_id,query_start,query_end,ref_start,ref_end\n', 'truth').length).toBe(
      0,
    );
  });

  it('gives ids that are numbers their letter and six digits, each column by itself', () => {
    const text = `${header}7,Rx,1,2,3,4,5\n0012345678,R2,1,2,3,4,5\n1002003,R2,1,2,3,4,5\n000,R2,1,2,3,4,5\n`;
    expect([...read(text).queries.keys()]).toEqual(['Q000007', 'Q12345678', 'Q1002003', 'Q000000']);
  });

  it.each([
    ['', 'm.csv is empty: not even the columns are there.'],
    ['query_id,score\n', 'line 1: there is no column ref_id.'],
    [header.replace('score', 'score,score'), 'line 1: the column score is there twice.'],
    [`${header}Q1,R1,1,2,3,4\n`, 'm.csv, line 2: it has 6 fields, the header 7.'],
    [`${header}Q1,R1,1,2,3,4,\n`, 'm.csv, line 2, score: found nothing; every time'],
    [`${header}Q1,R1,1,2,3,4,nan\n`, 'score: found "nan"; every time and score needs a value.'],
    [
      `${header}Q1,R1,1,inf,3,4,5\n`,
      'm.csv, line 2, query_end: found "inf"; every time and score must',
    ],
    [
      `${header}Q1,R1,1e999,2,3,4,5\n`,
      'query_start: found "1e999"; every time and score must be finite',
    ],
    [`${header}Q1,R1,1,2,0x3,4,5\n`, 'ref_start: found "0x3"; needed is a decimal'],
    [`${header},R1,1,2,3,4,5\n`, 'query_id: found nothing, which is no video id.'],
    [`${header}Q1,Q1,1,2,3,4,5\n`, 'ref_id: found "Q1"; ids of this column start with R.'],
    [
      `${header}Q1,R1,1,2,3,4,5\n7,R1,1,2,3,4,5\n`,
      'line 3, query_id: found "7"; ids of this column',
    ],
    [
      `${header}7,R1,1,2,3,4,5\nQ1,R1,1,2,3,4,5\n`,
      'line 3, query_id: found "Q1" among ids that are',
    ],
    [`${header}${'Q'.repeat(65)},R1,1,2,3,4,5\n`, 'QQQ…", which is no video id.'],
    [`${header}Qé,R1,1,2,3,4,5\n`, 'found "Qé", which is no video id.'],
    [
      `${header}"Q1,R1,1,2,3,4,5\n`,
      'm.csv, line 2: it has a quote that is not around a whole field.',
    ],
    [`${header}${'Q'.repeat(5000)}`, 'm.csv, line 2: it is longer than 4096 bytes.'],
  ])('refuses %j', (text, message) => {
    for (const size of [7, 9999]) expect(() => read(text, 'any', size)).toThrow(message);
    expect(() => read(text, 'any')).toThrow(UsageError);
  });

  it('keeps thousands of segments as they are', () => {
    const many = Array.from({ length: 3000 }, (_, at) => [
      `Q${at % 60}`,
      `R${at}`,
      at,
      at + 0.1,
      1,
      2,
      at - 9999,
    ]);
    expect(rows(read(header + many.map((row) => `${row.join()}\n`).join(''), 'any', 1000))).toEqual(
      many,
    );
  });

  it('refuses more segments than are ever scored', () => {
    const reader = new MatchesReader(form('any'));
    const rows = Buffer.from('Q1,R1,1,2,3,4,5\n'.repeat(100_000));
    reader.push(Buffer.from(header));
    for (let at = 0; at < 50; at += 1) reader.push(rows);
    expect(() => reader.push(rows)).toThrow(
      'm.csv, line 5000002: there are more than 5000000 segments.',
    );
  });

  it('is interrupted while it reads a file', async () => {
    const folder = await folderWith({ 'm.csv': plain });
    const interrupted = AbortSignal.abort();
    const reading = readMatchesFile(join(folder, 'm.csv'), form('submitted'), interrupted);
    await expect(reading).rejects.toThrow('aborted');
  });

  it('reads a file', async () => {
    const folder = await folderWith({ 'm.csv': plain });
    expect(rows(await readMatchesFile(join(folder, 'm.csv'), form('submitted')))).toEqual(expected);
  });
});

/** Scores of the competition's own evaluator; not part of this repository. */
const oracles = join(import.meta.dirname, '../../../shared/oracles/matching');

/** Where ours is defined otherwise, or the reference has no answer: our score, or why it is refused. */
const ours: Readonly<Record<string, number | string>> = {
  pred_zero_bytes: 'is empty',
  gt_header_only: 0,
  zero_length_on_top: 0.8534325553227415,
  // What has no length on one axis counts on the other.
  zero_length_one_axis_on_top: 0.8272685398059615,
  reversed_query_top: 0.8272685398059615,
  reversed_gt: 1,
  one_ulp_overlap: 0,
  gt_zero_length_only: 0,
  mixed_ids: 'ids of this column start with',
  wrong_prefix: 'start with Q',
  missing_id: 'found nothing',
  extra_column: 0.8534325553227415,
  gt_extra_column: 0.8534325553227415,
  missing_score: 'no column score',
  missing_ref_end: 'no column ref_end',
  nan_score: 'needs a value',
  nan_timestamp: 'needs a value',
  inf_score: 'must be finite',
  text_score: 'decimal number',
  inf_timestamp: 'must be finite',
  implicit_index: 'it has 8 fields',
};

describe.skipIf(!existsSync(oracles))(
  `the reference's scores (skipped where ${oracles} is absent)`,
  () => {
    const cases = existsSync(oracles)
      ? ['metric', 'edge'].flatMap((folder) => {
          const text = readFileSync(join(oracles, folder, 'expected.json'), 'utf8');
          const { cases } = JSON.parse(text) as { cases: Record<string, never>[] };
          return cases.map((entry) => [String(entry.name), join(oracles, folder), entry] as const);
        })
      : [];

    it.each(cases)('%s', async (name, folder, entry) => {
      const score = async () => {
        const predictions = await readMatchesFile(
          join(folder, entry.predictions as never),
          form('any'),
        );
        const truth = await readMatchesFile(
          join(folder, entry.ground_truth as never),
          form('truth'),
        );
        return (await segmentScore(predictions, truth)).averagePrecision;
      };
      const wanted = ours[name] ?? entry.match_metric_ap_if_decimals_correctly_rounded;
      if (typeof wanted === 'string') await expect(score()).rejects.toThrow(wanted);
      else expect(Math.abs((await score()) - (wanted as number))).toBeLessThan(1e-9);
    });
  },
);
