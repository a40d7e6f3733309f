import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { MatchTable } from '../../../src/matches/match-table.ts';
import { scoreMatches } from '../../../src/scoring/segments/match-score.ts';
import { segmentScore } from '../../../src/scoring/segments/segment-ap.ts';
import { matches, tableOf } from '../../support/match-table.ts';

const truth = matches('Q1 R1 0..10 20..30', 'Q1 R1 50..60 70..80', 'Q2 R2 5..15 5..15');

describe('the score of matches', () => {
  it('has the figures of both metrics', async () => {
    const predictions = matches(
      'Q1 R1 0..10 20..30 0.9',
      'Q9 R9 0..20 0..20 0.8',
      'Q1 R1 3..7 20..22 0.7',
    );
    const score = await scoreMatches(predictions, truth);
    expect(score).toMatchObject({
      segments: 3,
      pairs: 2,
      truth: { segments: 3, pairs: 2 },
      foundPairs: 1,
      foundSegments: 1,
      microAveragePrecision: 0.5,
      recall: { query: 10 / 30, reference: 10 / 30 },
      warnings: [],
    });
    expect(score.segmentAveragePrecision).toBeCloseTo(1 / 3, 12);
    expect(score.curve.score).toEqual([0.9, 0.7]);
    expect(score.curve.recall).toEqual([score.curve.recall[1], score.curve.recall[1]]);
    expect(score.curve.precision).toEqual([1, expect.closeTo(1 / 3, 12)]);
  });

  it('takes a pair with negative scores for one with 0, as the reference does', async () => {
    const predictions = matches('Q2 R2 5..15 5..15 -1', 'Q9 R9 0..1 0..1 -2');
    expect((await scoreMatches(predictions, truth)).microAveragePrecision).toBe(0.25);
  });

  it('lists the pairs that cost most, also those that were never predicted', async () => {
    const predictions = matches('Q9 R9 0..30 0..30 0.9', 'Q1 R1 0..10 20..30 0.8');
    const { worstPairs } = await scoreMatches(predictions, truth);
    expect(worstPairs.map(({ query, loss }) => [query, Number(loss.toFixed(6))])).toEqual([
      // AP is 1/3 · 1/4. With all of Q1 first: 2/3. With Q2 first: 1/3 + 1/3 · 20/50. Without Q9: 1/3.
      ['Q1', 0.583333],
      ['Q2', 0.383333],
      ['Q9', 0.25],
    ]);
    expect(worstPairs[0]).toEqual({
      query: 'Q1',
      reference: 'R1',
      loss: expect.any(Number),
      trueSegments: 2,
      segments: 1,
      truth: [
        { queryStart: 0, queryEnd: 10, referenceStart: 20, referenceEnd: 30 },
        { queryStart: 50, queryEnd: 60, referenceStart: 70, referenceEnd: 80 },
      ],
      predicted: [
        { queryStart: 0, queryEnd: 10, referenceStart: 20, referenceEnd: 30, score: 0.8 },
      ],
    });
    expect(worstPairs[1]).toMatchObject({ segments: 0, predicted: [] });
    expect(worstPairs[2]).toMatchObject({ trueSegments: 0, truth: [] });
  });

  it('has no pair without loss, and at most 50 of its segments', async () => {
    expect((await scoreMatches(truth, truth)).worstPairs).toEqual([]);
    const many = Array.from({ length: 60 }, (_, at) => `Q1 R1 ${at}..${at + 1} 0..1 ${at}`);
    const [worst] = (await scoreMatches(matches(...many), matches(...many, 'Q1 R1 99..100 9..10')))
      .worstPairs;
    expect(worst).toMatchObject({ trueSegments: 61, segments: 60 });
    expect([worst?.truth.length, worst?.predicted.length]).toEqual([50, 50]);
    expect(worst?.predicted[0]?.score).toBe(59);
  });

  it('lists what activates nothing, highest score first, and what is right again not', async () => {
    const predictions = matches(
      'Q1 R1 0..10 20..30 9',
      'Q1 R1 0..10 20..30 8',
      'Q1 R1 30..40 20..30 7',
      'Q9 R9 0..20 0..20 6',
      'Q2 R2 9..9 5..15 5',
    );
    const { falseSegments } = await scoreMatches(predictions, truth);
    expect(falseSegments.map(({ query, rank, score }) => [query, rank, score])).toEqual([
      ['Q1', 3, 7],
      ['Q9', 4, 6],
      ['Q2', 5, 5],
    ]);
    expect(falseSegments[1]).toMatchObject({ reference: 'R9', queryEnd: 20, referenceStart: 0 });
  });

  it.each<[string, MatchTable, MatchTable, readonly RegExp[]]>([
    ['all is well', truth, truth, []],
    ['there is nothing to find', truth, matches(), [/^The ground truth has no segment with/]],
    ['the truth has no length', truth, matches('Q1 R1 3..3 0..9'), [/no segment with a length/]],
    ['nothing is predicted', matches(), truth, [/^There are no matches/]],
    [
      'what stands first has no length on one axis',
      matches('Q1 R1 0..5 9..9 3', 'Q1 R1 0..10 20..30 2'),
      truth,
      [/^The segments with the highest score have no length/],
    ],
    [
      'what stands first has one among the equal ones',
      matches('Q1 R1 0..5 9..9 3', 'Q1 R1 0..10 20..30 3'),
      truth,
      [],
    ],
    [
      'something is reversed',
      matches('Q1 R1 0..10 20..30 2', 'Q1 R1 9..1 20..30 1'),
      matches('Q1 R1 0..10 20..30', 'Q2 R2 0..10 30..20'),
      [/^Some matches end before/, /^Some segments of the ground truth end before/],
    ],
  ])('warns where the organisers’ metric has no answer: %s', async (_, predicted, of, expected) => {
    const { warnings, segmentAveragePrecision } = await scoreMatches(predicted, of);
    expect(warnings).toHaveLength(expected.length);
    for (const [at, pattern] of expected.entries()) expect(warnings[at]).toMatch(pattern);
    expect(segmentAveragePrecision).toBeGreaterThanOrEqual(0);
    expect(segmentAveragePrecision).toBeLessThanOrEqual(1);
  });
});

describe('of hundreds of pairs', () => {
  const { predictions, of } = someMatches(400, 3000);

  it('the losses are those of the scores with the truth in the pair’s place', async () => {
    const { worstPairs, segmentAveragePrecision } = await scoreMatches(tableOf(predictions), of);
    const ofTruth = truthRows(of);
    const pairs = new Set([...predictions, ...ofTruth].map(([q, r]) => `${q} ${r}`));
    const losses = [];
    for (const pair of pairs) {
      const isOther = ([q, r]: readonly string[]) => `${q} ${r}` !== pair;
      const own = ofTruth.filter((row) => !isOther(row)).map((row) => [...row, '9e9']);
      const changed = tableOf([...own, ...predictions.filter(isOther)]);
      const { averagePrecision } = await segmentScore(changed, of);
      losses.push({ pair, loss: averagePrecision - segmentAveragePrecision });
    }
    losses.sort((a, b) => b.loss - a.loss);
    expect(worstPairs).toHaveLength(20);
    for (const [at, { query, reference, loss }] of worstPairs.entries()) {
      expect(`${query} ${reference}`).toBe(losses[at]?.pair);
      expect(Math.abs(loss - (losses[at]?.loss ?? 0))).toBeLessThan(1e-9);
    }
  });

  it('the curve has 300 points, below which lies the score', async () => {
    const { curve, segmentAveragePrecision } = await scoreMatches(tableOf(predictions), of);
    expect([curve.recall.length, curve.precision.length, curve.score.length]).toEqual([
      300, 300, 300,
    ]);
    const area = curve.recall.reduce(
      (sum, recall, at) =>
        sum + (recall - (curve.recall[at - 1] ?? 0)) * (curve.precision[at] ?? 0),
      0,
    );
    expect(Math.abs(area - segmentAveragePrecision)).toBeLessThan(0.01);
  });
});

/** Matches of which half are near the truth, the same every time. */
function someMatches(pairs: number, count: number) {
  let state = 7;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const segment = (pair: number, score: number) => {
    const [start, length, away] = [random() * 90, 2 + random() * 20, random() * 6];
    const times = [start, start + length, start + away, start + away + length];
    return [`Q${pair % 40}`, `R${Math.floor(pair / 40)}`, ...[...times, score].map(String)];
  };
  const truths = Array.from({ length: pairs }, (_, at) => segment(at - (at % 2), 0).slice(0, 6));
  const predictions = Array.from({ length: count }, () => {
    const pair = Math.floor(random() * pairs);
    return segment(pair, Math.round((random() + (pair % 2 ? 0 : 0.3)) * 500));
  });
  return { predictions, of: tableOf(truths) };
}

function truthRows(table: MatchTable): string[][] {
  const [queries, references] = [[...table.queries.keys()], [...table.references.keys()]];
  return Array.from({ length: table.length }, (_, row) => [
    queries[table.query[row] as number] as string,
    references[table.reference[row] as number] as string,
    ...[table.queryStart, table.queryEnd, table.referenceStart, table.referenceEnd].map((column) =>
      String(column[row]),
    ),
  ]);
}

const oracles = fileURLToPath(new URL('../../../../shared/oracles/matching/', import.meta.url));
const present = existsSync(oracles);
if (!present)
  process.stderr.write(`Segment AP is not compared with the reference: no ${oracles}\n`);

interface Case {
  readonly name: string;
  readonly predictions: string;
  readonly ground_truth: string;
  readonly match_metric: { readonly ok: boolean; readonly ap?: number | 'nan' };
  readonly evaluate: { readonly ok: boolean; readonly pairwise_micro_ap?: number };
}

/** Where the reference reads otherwise, or answers what is no score; the warnings are for those. */
const otherwise =
  /reversed_|inf_|text_score|parser_tie|implicit_index|int_ids|extra_column|columns_reordered|gt_with/;

describe.skipIf(!present)('the reference implementation, within 1e-9', () => {
  const cases = (present ? ['metric', 'edge'] : []).flatMap((folder) => {
    const path = `${oracles}${folder}/expected.json`;
    const all = JSON.parse(readFileSync(path, 'utf8')) as { cases: readonly Case[] };
    return all.cases
      .filter(({ name, match_metric: { ok } }) => ok && !otherwise.test(name))
      .map((one) => ({ ...one, folder: `${oracles}${folder}/` }));
  });
  const read = (path: string) => {
    const lines = readFileSync(path, 'utf8').trim().split(/\r?\n/).slice(1);
    return tableOf(lines.map((line) => line.split(',')));
  };
  it.each(cases)('$name', async ({ folder, predictions, ground_truth, match_metric, evaluate }) => {
    const score = await scoreMatches(read(folder + predictions), read(folder + ground_truth));
    expect(Math.abs(score.segmentAveragePrecision - Number(match_metric.ap))).toBeLessThan(1e-9);
    if (!evaluate.ok) return;
    const pairwise = evaluate.pairwise_micro_ap ?? 0;
    expect(Math.abs(score.microAveragePrecision - pairwise)).toBeLessThan(1e-9);
  });
});
