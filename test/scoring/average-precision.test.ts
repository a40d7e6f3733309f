import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { descendingOrder, microAveragePrecision } from '../../src/scoring/average-precision.ts';
import { rankingMetric } from '../../src/scoring/ranking-metric.ts';
import { scoreFile } from '../../src/scoring/score-submission.ts';

const of = (scores: number[], isTrue: number[], truePairs: number) =>
  microAveragePrecision(Float64Array.from(scores), Uint8Array.from(isTrue), truePairs);

describe('microAveragePrecision, worked out by hand', () => {
  it.each([
    ['perfect', [4, 3, 2, 1], [1, 1, 1, 1], 4, 1],
    ['every other one', [4, 3, 2, 1], [1, 0, 1, 0], 2, (1 + 2 / 3) / 2],
    ['the same in another order', [2, 1, 4, 3], [1, 0, 1, 0], 2, (1 + 2 / 3) / 2],
    ['half of the true pairs are not submitted', [4, 3, 2, 1], [1, 0, 1, 0], 4, (1 + 2 / 3) / 4],
    ['no hits', [3, 2, 1], [0, 0, 0], 5, 0],
    ['nothing submitted', [], [], 5, 0],
    ['nothing true', [3, 2, 1], [0, 0, 0], 0, 0],
    // One threshold: all three pairs count for each true one in it, whichever comes first.
    ['all tied', [7, 7, 7], [1, 0, 1], 2, 2 / 3],
    ['a tie with one after it', [5, 5, 1], [0, 1, 1], 2, (1 / 2 + 2 / 3) / 2],
    ['0 and −0 tie', [0, -0, -1], [0, 1, 0], 1, 1 / 2],
    ['−0 first', [-0, 0, -1], [1, 0, 0], 1, 1 / 2],
    ['negative scores', [-3, -1, -2], [1, 1, 0], 2, (1 + 2 / 3) / 2],
    ['far apart', [1e308, 5e-324, -1e308, 0], [1, 1, 0, 0], 2, 1],
  ])('%s', (_, scores, isTrue, truePairs, expected) => {
    expect(of(scores, isTrue, truePairs)).toBeCloseTo(expected, 14);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses a score of %d', (score) => {
    expect(() => of([1, score], [1, 0], 1)).toThrow(`score 1 is ${score}, not finite`);
  });
});

describe('descendingOrder', () => {
  it('equals a stable sort by comparison, ties and signs included', () => {
    const scores = Float64Array.from({ length: 5000 }, (_, at) => {
      const value = Math.sin(at * 12.9898) * 43758.5453;
      return at % 3 === 0 ? Math.round(value / 5000) : value * 10 ** ((at % 11) - 5);
    });
    const expected = Array.from(scores.keys()).sort(
      (a, b) => (scores[b] as number) - (scores[a] as number) || a - b,
    );
    expect(Array.from(descendingOrder(scores))).toEqual(expected);
  });

  it.each([
    [
      [1, 2, 3],
      [2, 1, 0],
    ],
    [
      [3, 2, 2, 1],
      [0, 1, 2, 3],
    ],
    [[], []],
  ])('of %j is %j', (scores, order) => {
    expect(Array.from(descendingOrder(Float64Array.from(scores)))).toEqual(order);
  });
});

const oracles = fileURLToPath(
  new URL('../../../shared/oracles/average-precision/', import.meta.url),
);
const present = existsSync(oracles);
if (!present) process.stderr.write(`µAP is not compared with the reference: no ${oracles}\n`);

describe.skipIf(!present)('the reference implementation, within 1e-12', () => {
  const cases: { name: string; micro_average_precision: number; predictions: number }[] = present
    ? JSON.parse(readFileSync(`${oracles}expected.json`, 'utf8'))
    : [];
  it.each(cases)('$name', async ({ name, micro_average_precision: expected, predictions }) => {
    const score = await scoreFile(
      rankingMetric,
      `${oracles}${name}.predictions.csv`,
      `${oracles}${name}.ground_truth.csv`,
    );
    expect(Math.abs(score.microAveragePrecision - expected)).toBeLessThanOrEqual(1e-12);
    expect(score.pairs).toBe(predictions);
  });
});
