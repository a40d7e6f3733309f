import { describe, expect, it } from 'vitest';
import type { MatchTable } from '../../src/matches/match-table.ts';
import { parseReport } from '../../src/report/model.ts';
import { compareMatches } from '../../src/reproduction/matches.ts';
import { matchReproductionLines, type NotCompared } from '../../src/reproduction/reproduction.ts';
import { matches as table } from '../support/match-table.ts';
import { reportModel } from '../support/report-model.ts';

/** All queries that these tests know. */
const subset = new Set(Array.from({ length: 40 }, (_, at) => `Q${at}`));

/** Twenty segments of ten queries, each with its own score. */
const submitted = Array.from({ length: 20 }, (_, at) => {
  const start = 10 * at;
  return `Q${at % 10} R${at % 7} ${start}..${start + 10} ${start + 5}..${start + 15} ${(at + 1) / 20}`;
});

const compare = (full: readonly string[], made: readonly string[], queries = subset) =>
  compareMatches(table(...full), table(...made), queries);

/** Rows with some of them replaced. */
const changed = (change: Readonly<Record<number, string>>) =>
  submitted.flatMap((row, at) => change[at] ?? row).filter((row) => row !== '');

/** Rows of which each field may become another. */
const mapped = (change: (fields: readonly string[], at: number) => readonly string[]) =>
  submitted.map((row, at) => change(row.split(' '), at).join(' '));

const moved = (field: string, by: number) =>
  field
    .split('..')
    .map((time) => Number(time) + by)
    .join('..');

const rescored = (change: (score: number, at: number) => number) =>
  mapped(([query, reference, one, other, score], at) =>
    [query, reference, one, other, change(Number(score), at)].map(String),
  );

const shifted = (by: number) =>
  mapped(([query = '', reference = '', one = '', other = '', score = '']) => [
    query,
    reference,
    moved(one, by),
    moved(other, by),
    score,
  ]);

describe('reproduces', () => {
  it.each([
    ['the same', submitted],
    ['the same in another order', [...submitted].reverse()],
    ['times by a tenth of a second', shifted(0.09)],
    ['scores but for rounding', rescored((score, at) => score * (1 + (at % 2 ? 9e-4 : -9e-4)))],
  ])('%s', async (_, made) => {
    const found = await compare(submitted, made);
    expect(found).toMatchObject({ verdict: 'reproduces', reasons: [], worstQueries: [] });
    expect(found.segments).toMatchObject({ submitted: 20, made: 20, paired: 20 });
    expect(matchReproductionLines(found)).toEqual([
      'main.py reproduces the submitted matches (20 segments of 10 queries).',
    ]);
  });

  it('long segments that stay in their place by their overlap', async () => {
    const found = await compare(['Q1 R1 0..1000 0..1000 1'], ['Q1 R1 1..1000 1..1000 1']);
    expect(found).toMatchObject({ verdict: 'reproduces', maxTimeDifference: 1 });
    expect(found.overlap?.mean).toBeCloseTo(0.998, 3);
    expect(matchReproductionLines(found)).toEqual([
      expect.stringContaining('(1 segment of 1 query)'),
    ]);
  });

  it('scores near 0 that are rounded as the others are', async () => {
    const full = ['Q1 R1 0..1 0..1 0.00001', 'Q2 R1 0..1 0..1 0.9', 'Q3 R1 0..1 0..1 0.8'];
    const made = ['Q1 R1 0..1 0..1 -0.0003', 'Q2 R1 0..1 0..1 0.9', 'Q3 R1 0..1 0..1 0.8'];
    expect(await compare(full, made)).toMatchObject({ verdict: 'reproduces' });
  });

  it('passes over queries outside the subset', async () => {
    const found = await compare([...submitted, 'Q99 R1 0..10 0..10 1'], submitted);
    expect(found).toMatchObject({ verdict: 'reproduces', segments: { submitted: 20 } });
  });

  it.each([
    ['nothing on either side', [], []],
    ['matches of other queries alone', ['Q99 R1 0..10 0..10 1'], []],
  ])('%s, and says that there was nothing to compare', async (_, full, made) => {
    const found = await compare(full, made);
    expect(found).toMatchObject({
      verdict: 'reproduces',
      segments: { submitted: 0, made: 0, paired: 0 },
      overlap: null,
      maxTimeDifference: null,
      maxScoreDifference: null,
      sameOrder: null,
    });
    expect(matchReproductionLines(found)).toEqual([
      "Of the subset's queries no match is submitted, and main.py makes none: there is nothing to compare.",
    ]);
  });
});

describe('close', () => {
  it.each([
    [
      'all half a second later',
      shifted(0.5),
      /^20 segments lie elsewhere: .* 0\.8223 on average.*0\.50 s apart$/,
    ],
    [
      'one left out of twenty',
      changed({ 3: '' }),
      /^main\.py makes 19 segments, submitted are 20; 19 have a counterpart$/,
    ],
    [
      'scores twice as high',
      rescored((score) => 2 * score),
      /^20 scores differ, by up to 1\.0, but not in their order, and segment AP sees no more than that$/,
    ],
    [
      'neighbours in order exchanged',
      rescored((score, at) => score + (at === 4 ? 0.06 : 0)),
      /^1 score differs, by up to 0\.060; 99\.5 % of any two segments are in the same order$/,
    ],
  ])('%s', async (_, made, reason) => {
    const found = await compare(submitted, made);
    expect(found).toMatchObject({ verdict: 'close', reasons: [expect.stringMatching(reason)] });
    expect(matchReproductionLines(found)[0]).toBe('main.py comes close to the submitted matches:');
  });

  it('one segment that is scored otherwise', async () => {
    const found = await compare(['Q1 R1 0..9 0..9 1'], ['Q1 R1 0..9 0..9 2']);
    expect(found).toMatchObject({ verdict: 'close', sameOrder: null });
  });
});

describe('differs', () => {
  it.each([
    ['nothing made', [], /^for 10 queries main\.py makes no match$/],
    [
      'other videos',
      mapped(([query = '', , ...rest]) => [query, 'R99', ...rest]),
      /; 0 have a counterpart$/,
    ],
    ['other stretches', shifted(1), /^20 segments lie elsewhere/],
    [
      'two left out of twenty',
      changed({ 3: '', 5: '' }),
      /^main\.py makes 18 segments, submitted are 20/,
    ],
    [
      'each twice',
      [...submitted, ...submitted],
      /^main\.py makes 40 segments, submitted are 20; 20 have/,
    ],
    [
      'more queries',
      [...submitted, 'Q30 R1 0..9 0..9 1', 'Q31 R1 0..9 0..9 1'],
      /^for 2 queries no match is submitted$/,
    ],
    ['scores upside down', rescored((score) => 2 - score), /; 0\.0 % of any two segments/],
    ['scores that are all the same', rescored(() => 1), /; 0\.0 % of any two segments/],
  ])('%s', async (_, made, reason) => {
    const found = await compare(submitted, made);
    expect(found.verdict).toBe('differs');
    expect(found.reasons).toContainEqual(expect.stringMatching(reason));
    expect(matchReproductionLines(found)[0]).toBe(
      "main.py does not make the submitted matches: the subset's score will not be the full set's.",
    );
  });

  it('names the worst queries, worst first, and none that agree', async () => {
    const made = changed({ 1: '', 11: '', 2: '', 3: 'Q3 R3 30..40 35..45 0.9' });
    const found = await compare(submitted, made);
    expect(found.worstQueries).toEqual([
      {
        query: 'Q1',
        submitted: 2,
        made: 0,
        paired: 0,
        meanOverlap: null,
        maxScoreDifference: null,
        agreement: 0,
      },
      {
        query: 'Q2',
        submitted: 2,
        made: 1,
        paired: 1,
        meanOverlap: 1,
        maxScoreDifference: 0,
        agreement: 0.5,
      },
      {
        query: 'Q3',
        submitted: 2,
        made: 2,
        paired: 2,
        meanOverlap: 1,
        maxScoreDifference: 0.7,
        agreement: 1,
      },
    ]);
    expect(matchReproductionLines(found).slice(-3)).toEqual([
      '  Q1: 2 submitted, 0 made',
      '  Q2: 2 submitted, 1 made, 1 paired, overlap 1.0000, scores up to 0.0 apart',
      '  Q3: 2 submitted, 2 made, 2 paired, overlap 1.0000, scores up to 0.70 apart',
    ]);
  });

  it('groups the digits of large numbers', async () => {
    const made = Array.from({ length: 1200 }, () => 'Q1 R1 0..9 0..9 1');
    const found = await compare(made.slice(0, 1100), made);
    expect(matchReproductionLines(found).at(-1)).toBe(
      '  Q1: 1,100 submitted, 1,200 made, 1,100 paired, overlap 1.0000, scores up to 0.0 apart',
    );
  });

  it('lists ten queries, and prints five', async () => {
    const full = Array.from({ length: 30 }, (_, at) => `Q${at} R1 0..9 0..9 ${at}`);
    const found = await compare(full, []);
    expect(found.worstQueries).toHaveLength(10);
    expect(matchReproductionLines(found).filter((line) => line.startsWith('  Q'))).toHaveLength(5);
  });
});

describe('segments are paired', () => {
  const pairs = async (full: readonly string[], made: readonly string[]) => {
    const { segments, overlap, maxScoreDifference } = await compare(full, made);
    return { paired: segments.paired, mean: overlap?.mean, scores: maxScoreDifference };
  };

  it('the most alike first, whichever comes first', async () => {
    // Alone, the first would take what is the second one's to the digit.
    const full = ['Q1 R1 0..10 0..10 1', 'Q1 R1 2..12 2..12 2'];
    const made = ['Q1 R1 2..12 2..12 2', 'Q1 R1 8..18 8..18 1'];
    const found = await pairs(full, made);
    expect(found).toMatchObject({ paired: 2, scores: 0 });
    expect(found.mean).toBeCloseTo((1 + 4 / 196) / 2, 12);
  });

  it('as by taking the most alike of all, again and again', async () => {
    let state = 7;
    const next = (most: number) => {
      state = (state * 48_271) % 2_147_483_647;
      return state % most;
    };
    const rows = (count: number) =>
      Array.from({ length: count }, () => {
        const [start, other] = [next(3e6) / 1e5, next(3e6) / 1e5];
        const [length, otherLength] = [next(2e6) / 1e5, next(2e6) / 1e5];
        return `Q1 R1 ${start}..${start + length} ${other}..${other + otherLength} 1`;
      });
    for (let round = 0; round < 60; round += 1) {
      const [full, made] = [table(...rows(12)), table(...rows(10))];
      const { segments, overlap } = await compareMatches(full, made, subset);
      const expected = greedy(full, made);
      expect(segments.paired).toBe(expected.length);
      expect(overlap?.mean ?? 0).toBeCloseTo(
        expected.reduce((sum, one) => sum + one, 0) / expected.length,
        12,
      );
    }
  });

  it('equal ones by their scores, where there are several', async () => {
    const full = ['Q1 R1 0..9 0..9 1', 'Q1 R1 0..9 0..9 2'];
    expect(await pairs(full, ['Q1 R1 0..9 0..9 2'])).toEqual({ paired: 1, mean: 1, scores: 0 });
  });

  it('without length where they are equal, and only there', async () => {
    const full = ['Q1 R1 3..3 0..9 1', 'Q2 R1 0..9 4..4 1', 'Q3 R1 5..5 5..5 1'];
    expect(await pairs(full, full)).toEqual({ paired: 3, mean: 1, scores: 0 });
    const elsewhere = ['Q1 R1 4..4 0..9 1', 'Q2 R1 0..9 3..5 1', 'Q3 R1 0..9 0..9 1'];
    expect((await pairs(full, elsewhere)).paired).toBe(0);
  });

  it('not where they only touch, or overlap on one axis', async () => {
    const made = ['Q1 R1 9..18 0..9 1', 'Q1 R1 0..9 20..29 1', 'Q1 R1 20..29 0..9 1'];
    expect((await pairs(['Q1 R1 0..9 0..9 1'], made)).paired).toBe(0);
  });
});

/** Overlaps of a greedy pairing by all that overlap; the tables have no equal rows. */
function greedy(full: MatchTable, made: MatchTable): readonly number[] {
  const span = (a: number, b: number, c: number, d: number) =>
    Math.max(0, Math.min(b, d) - Math.max(a, c));
  const column = (rows: MatchTable, at: number) =>
    [rows.queryStart, rows.queryEnd, rows.referenceStart, rows.referenceEnd].map(
      (values) => values[at] as number,
    ) as [number, number, number, number];
  const all: { s: number; m: number; overlap: number }[] = [];
  for (let s = 0; s < full.length; s += 1) {
    for (let m = 0; m < made.length; m += 1) {
      const [a, b, c, d] = column(full, s);
      const [e, f, g, h] = column(made, m);
      const shared = span(a, b, e, f) * span(c, d, g, h);
      const overlap = shared / ((b - a) * (d - c) + (f - e) * (h - g) - shared);
      if (shared > 0) all.push({ s, m, overlap });
    }
  }
  const [full_, made_] = [new Set<number>(), new Set<number>()];
  return all
    .sort((a, b) => b.overlap - a.overlap)
    .flatMap(({ s, m, overlap }) => {
      if (full_.has(s) || made_.has(m)) return [];
      full_.add(s);
      made_.add(m);
      return overlap;
    });
}

describe('however hostile', () => {
  const crowd = (by: number) =>
    Array.from(
      { length: 100_000 },
      (_, at) => `Q1 R1 ${at / 50 + by}..${at / 50 + 900} ${at / 70 + by}..${at / 70 + 900} ${at}`,
    );

  // Seconds, but minutes where every mutant is watched.
  const patience = { timeout: 600_000 };
  it(
    'pairs 100,000 segments of the same two videos, and says where it looked no further',
    patience,
    async () => {
      const full = crowd(0);
      const found = await compare(full, [...crowd(0.25).slice(0, 99_000), 'Q1 R1 1e6..2e6 0..9 1']);
      expect(found.crowded).toBe(1);
      expect(found.segments.paired).toBeGreaterThan(95_000);
      expect(found.reasons).toContain(
        '1 pair of videos had too many segments to compare each with each; more may have a counterpart',
      );
    },
  );

  it('is interrupted at once', async () => {
    const [full, made] = [table(...crowd(0)), table(...crowd(0.25))];
    const stop = new AbortController();
    const running = compareMatches(full, made, subset, stop.signal);
    setTimeout(() => stop.abort(new Error('interrupted')), 1);
    await expect(running).rejects.toThrow('interrupted');
  });

  it('says only what JSON and the report can hold', async () => {
    const full = [
      'Q1 R1 0..1e9 0..1e9 1.7e308',
      'Q2 R1 0..1e-300 0..1e-300 0',
      'Q2 R1 0..0 0..1 -0',
    ];
    const made = ['Q1 R1 0..1e9 0..1e9 -1.7e308', 'Q2 R1 0..2e-300 0..1e-300 -1e-320'];
    const found = await compare(full, made);
    expect(found.maxScoreDifference).toBe(Number.MAX_VALUE);
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
    expect(parseReport(reportModel({ matchReproduction: found }))).not.toHaveProperty('wrong');
    expect(matchReproductionLines(found).join()).not.toMatch(/NaN|Infinity|undefined/);
  });
});

it('what was not compared is told, with the reason', () => {
  const unknown: NotCompared = { verdict: 'not compared', why: 'the run failed' };
  expect(matchReproductionLines(unknown)).toEqual([
    'Whether main.py makes the submitted matches is not known: the run failed.',
  ]);
});
