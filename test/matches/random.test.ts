import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeRandomMatches } from '../../src/matches/random.ts';
import { folderWith } from '../support/folder.ts';

const queries = new Map([
  ['Q100003', 12.01],
  ['Q100001', 0.5],
  ['Q100002', 3],
  ['Q100004', 0],
  ['Q100005', 0.0009],
]);
const references = new Map([
  ['R100002', 60],
  ['R100001', 0.001],
  ['R100003', 0],
]);

async function written(videos = { queries, references }, seed = 1) {
  const path = join(await folderWith(), 'full_matches.csv');
  const count = await writeRandomMatches(path, videos, { seed });
  const text = await readFile(path, 'utf8');
  const [header, ...rows] = text.split('\n').slice(0, -1);
  return { count, text, header, rows: rows.map((row) => row.split(',')) };
}

/** `count` videos of `seconds`. */
const many = (letter: string, count: number, seconds: number) =>
  new Map(Array.from({ length: count }, (_, at) => [`${letter}${100_000 + at}`, seconds]));

const row = /^Q\d{6},R\d{6}(,\d+\.\d{3}){4},0\.\d{6}$/;

describe('are valid', () => {
  it.each(Array.from({ length: 20 }, (_, seed) => seed))('with the seed %i', async (seed) => {
    const { count, header, rows, text } = await written(undefined, seed);
    expect(header).toBe('query_id,ref_id,query_start,query_end,ref_start,ref_end,score');
    expect(text.endsWith('\n')).toBe(true);
    expect(rows).toHaveLength(count);
    expect(count).toBeGreaterThan(0);
    for (const fields of rows) {
      expect(fields.join()).toMatch(row);
      const [query = '', reference = ''] = fields;
      const [queryStart, queryEnd, start, end] = fields.slice(2).map(Number) as number[];
      expect(queryStart).toBeLessThan(queryEnd as number);
      expect(queryEnd).toBeLessThanOrEqual(queries.get(query) ?? 0);
      expect(start).toBeLessThan(end as number);
      expect(end).toBeLessThanOrEqual(references.get(reference) ?? 0);
    }
  });

  it('for videos that last beyond all times', async () => {
    const endless = { queries: many('Q', 9, Number.MAX_VALUE), references: many('R', 9, 1e300) };
    const { rows } = await written(endless);
    for (const fields of rows) {
      expect(fields.join()).toMatch(row);
      for (const time of fields.slice(2, 6)) expect(Number(time)).toBeLessThanOrEqual(1e9);
    }
  });
});

it('are of about every other query, each once, and of all references alike', async () => {
  const { rows } = await written({
    queries: many('Q', 10_000, 30),
    references: many('R', 4, 30),
  });
  expect(rows.length).toBeGreaterThan(4_800);
  expect(rows.length).toBeLessThan(5_200);
  expect(new Set(rows.map(([query]) => query)).size).toBe(rows.length);
  for (const reference of ['R100000', 'R100001', 'R100002', 'R100003']) {
    const share = rows.filter((fields) => fields[1] === reference).length / rows.length;
    expect(share).toBeGreaterThan(0.22);
    expect(share).toBeLessThan(0.28);
  }
  // The lesser and the greater of two uniform numbers are a third and two thirds on average.
  const mean = (column: number) =>
    rows.reduce((sum, fields) => sum + Number(fields[column]), 0) / rows.length;
  for (const [column, expected] of [10, 20, 10, 20, 0.5].entries()) {
    expect(mean(column + 2) / expected).toBeCloseTo(1, 1);
  }
});

it('are the same bytes for the same seed, on every machine and in any order', async () => {
  const backwards = {
    queries: new Map([...queries].reverse()),
    references: new Map([...references].reverse()),
  };
  const { text } = await written();
  expect(text.split('\n')).toEqual([
    'query_id,ref_id,query_start,query_end,ref_start,ref_end,score',
    'Q100001,R100001,0.036,0.462,0.000,0.001,0.795407',
    'Q100002,R100001,1.154,2.898,0.000,0.001,0.655661',
    '',
  ]);
  expect((await written(backwards)).text).toBe(text);
  expect((await written(undefined, 2)).text).not.toBe(text);
});

describe('of few videos', () => {
  it('there is one at least', async () => {
    const one = { queries: many('Q', 1, 5), references: many('R', 1, 0.001) };
    for (let seed = 0; seed < 10; seed += 1) {
      expect((await written(one, seed)).rows).toEqual([
        [
          'Q100000',
          'R100000',
          expect.anything(),
          expect.anything(),
          '0.000',
          '0.001',
          expect.anything(),
        ],
      ]);
    }
  });

  it.each([
    ['no query', { queries: new Map(), references }],
    ['no reference', { queries, references: new Map() }],
    ['no query with a millisecond', { queries: many('Q', 3, 0.0005), references }],
    ['no reference with a millisecond', { queries, references: many('R', 3, 0) }],
  ])('there is the header alone for %s', async (_, videos) => {
    const { count, text } = await written(videos);
    expect(count).toBe(0);
    expect(text).toBe('query_id,ref_id,query_start,query_end,ref_start,ref_end,score\n');
  });
});

it.each([
  ['before', (stop: AbortController) => stop.abort(new Error('enough'))],
  ['meanwhile', (stop: AbortController) => setImmediate(() => stop.abort(new Error('enough')))],
])('leave nothing behind when they are stopped %s', async (_, stopSoon) => {
  const folder = await folderWith({ 'full_matches.csv': 'as it was' });
  const stop = new AbortController();
  stopSoon(stop);
  const videos = { queries: many('Q', 50_000, 5), references };
  const writing = writeRandomMatches(join(folder, 'full_matches.csv'), videos, {
    seed: 1,
    signal: stop.signal,
  });
  await expect(writing).rejects.toThrow('enough');
  expect(await readdir(folder)).toEqual(['full_matches.csv']);
  expect(await readFile(join(folder, 'full_matches.csv'), 'utf8')).toBe('as it was');
});
