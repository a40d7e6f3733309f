import { describe, expect, it } from 'vitest';
import { scoreRankings } from '../../src/scoring/ranking-metric.ts';
import { rankings, truth } from './support.ts';

const example = () =>
  scoreRankings(
    rankings(['Q1 R1 9', 'Q1 R2 8', 'Q2 R3 7', 'Q2 R9 6', 'Q3 R5 5']),
    truth('Q1 R1', 'Q2 R3', 'Q3 R4', 'Q3 R5'),
  );

describe('scoreRankings', () => {
  it('counts pairs and hits', async () => {
    expect(await example()).toMatchObject({ pairs: 5, truePairs: 4, found: 3 });
    expect((await example()).microAveragePrecision).toBeCloseTo((1 + 2 / 3 + 3 / 5) / 4, 14);
  });

  it('draws the curve through the thresholds with true pairs; its area is µAP', async () => {
    expect((await example()).curve.recall).toEqual([1 / 4, 2 / 4, 3 / 4]);
    expect((await example()).curve.precision).toEqual([1, 2 / 3, 3 / 5]);
  });

  it('ends the curve with all pairs', async () => {
    const { curve } = await scoreRankings(rankings(['Q1 R1 2', 'Q1 R2 1']), truth('Q1 R1'));
    expect(curve).toEqual({ recall: [1, 1], precision: [1, 1 / 2] });
  });

  it('thins a long curve, its ends kept', async () => {
    const ids = Array.from({ length: 1000 }, (_, at) => `Q1 R${at}`);
    const { curve } = await scoreRankings(
      rankings(ids.map((id, at) => `${id} ${1000 - at}`)),
      truth(...ids),
    );
    expect(curve.recall).toHaveLength(300);
    expect(curve.recall.at(0)).toBe(1 / 1000);
    expect(curve.recall.at(-1)).toBe(1);
  });

  it('tells the highest recall at 90 % precision, even behind a dip', async () => {
    const found = Array.from({ length: 20 }, (_, at) => `Q1 R${at}`);
    const lines = found.map((id, at) => `${id} ${100 - at}`);
    const dip = [...lines.slice(0, 3), 'Q1 S1 97.5', ...lines.slice(3)];
    expect((await scoreRankings(rankings(dip), truth(...found))).recallAtPrecision90).toBe(1);
    expect((await example()).recallAtPrecision90).toBe(1 / 4);
    const justEnough = lines.slice(0, 10).with(3, 'Q1 S1 97');
    expect((await scoreRankings(rankings(justEnough), truth(...found))).recallAtPrecision90).toBe(
      9 / 20,
    );
    const late = await scoreRankings(rankings(['Q1 R2 2', 'Q1 R1 1']), truth('Q1 R1'));
    expect(late.recallAtPrecision90).toBe(0);
  });

  it('names the false pairs with the highest scores, with their ranks', async () => {
    expect((await example()).topFalsePairs).toEqual([
      { query: 'Q1', reference: 'R2', score: 8, rank: 2 },
      { query: 'Q2', reference: 'R9', score: 6, rank: 4 },
    ]);
    const many = Array.from({ length: 30 }, (_, at) => `Q1 R${at} ${-at}`);
    const { topFalsePairs } = await scoreRankings(rankings(many), truth('Q1 R0'));
    expect(topFalsePairs).toHaveLength(20);
    expect(topFalsePairs.at(-1)).toMatchObject({ reference: 'R20', rank: 21 });
  });

  it('ranks equal scores in the order of the file', async () => {
    const { topFalsePairs } = await scoreRankings(
      rankings(['Q1 R3 1', 'Q1 R1 5', 'Q1 R2 5']),
      truth('Q9 R9'),
    );
    expect(topFalsePairs.map(({ reference }) => reference)).toEqual(['R1', 'R2', 'R3']);
  });

  it('spreads all scores over the histogram, the highest in the last bin', async () => {
    const { edges, truePairs, falsePairs } = (await example()).histogram;
    expect([edges.at(0), edges.at(-1), edges.length]).toEqual([5, 9, 41]);
    expect([truePairs.at(-1), falsePairs.at(-1)]).toEqual([1, 0]);
    expect(falsePairs.reduce((a, b) => a + b)).toBe(2);
    expect(truePairs.reduce((a, b) => a + b)).toBe(3);
  });

  it.each([
    [['Q1 R1 3', 'Q1 R2 3'], { edges: [2.5, 3.5], truePairs: [1], falsePairs: [1] }],
    [['Q1 R2 -4000'], { edges: [-4004, -3996], truePairs: [0], falsePairs: [1] }],
    [[], { edges: [], truePairs: [], falsePairs: [] }],
  ])('has a histogram of %j', async (lines, histogram) => {
    expect((await scoreRankings(rankings(lines), truth('Q1 R1'))).histogram).toEqual(histogram);
  });

  it('counts a score on an edge in the bin that begins there', async () => {
    const scores = [0, 1, 39, 40].map((score) => `Q1 R${score} ${score}`);
    const { edges, falsePairs } = (await scoreRankings(rankings(scores), truth('Q1 S1'))).histogram;
    expect(edges).toEqual(Array.from({ length: 41 }, (_, at) => at));
    expect([falsePairs[0], falsePairs[1], falsePairs[39]]).toEqual([1, 1, 2]);
  });

  it('stays finite at the ends of what a double can hold', async () => {
    const { histogram } = await scoreRankings(
      rankings(['Q1 R1 1.7e308', 'Q1 R2 -1.7e308']),
      truth('Q1 R1'),
    );
    expect(histogram.edges.every(Number.isFinite)).toBe(true);
    expect([histogram.truePairs.at(-1), histogram.falsePairs[0]]).toEqual([1, 1]);
  });

  it('is 0 throughout where the ground truth has no pairs', async () => {
    const score = await scoreRankings(rankings(['Q1 R1 1']), truth());
    expect(score).toMatchObject({ microAveragePrecision: 0, recallAtPrecision90: 0, found: 0 });
    expect(score.curve).toEqual({ recall: [0], precision: [0] });
    expect(score.worstQueries).toEqual([]);
  });

  it('is 0 throughout for no rankings at all', async () => {
    const empty = await scoreRankings(rankings([]), truth('Q1 R1'));
    expect(empty).toMatchObject({ microAveragePrecision: 0, pairs: 0, found: 0 });
    expect(empty.curve).toEqual({ recall: [], precision: [] });
    expect(empty.worstQueries).toEqual([
      { query: 'Q1', truePairs: 1, found: 0, bestRank: null, loss: 1, reference: 'R1' },
    ]);
  });
});

describe('the loss of a query', () => {
  /** µAP after the change that the loss speaks of, made for real. */
  const raised = async (lines: string[], pairs: string[], query: string) => {
    const own = pairs.filter((pair) => pair.startsWith(`${query} `));
    const others = lines.filter((line) => !own.some((pair) => line.startsWith(`${pair} `)));
    const first = own.map((pair) => `${pair} 1e9`);
    return (await scoreRankings(rankings([...first, ...others]), truth(...pairs)))
      .microAveragePrecision;
  };

  it('is what µAP gains when its true pairs are really put first', async () => {
    const lines = Array.from({ length: 300 }, (_, at) => {
      const score = Math.round(50 * Math.abs(Math.sin(at * 7.7)));
      return `Q${at % 7} R${at % 43} ${score}`;
    });
    const pairs = Array.from({ length: 40 }, (_, at) => `Q${at % 6} R${(at * 5) % 47}`);
    const score = await scoreRankings(rankings(lines), truth(...pairs));
    expect(score.worstQueries).toHaveLength(6);
    for (const { query, loss } of score.worstQueries) {
      expect(loss).toBeCloseTo(
        (await raised(lines, pairs, query)) - score.microAveragePrecision,
        12,
      );
    }
  });

  it('orders by loss, tells what was found, and leaves out who loses nothing', async () => {
    expect((await example()).worstQueries.map(({ query }) => query)).toEqual(['Q3', 'Q2']);
    expect((await example()).worstQueries[0]).toMatchObject({
      truePairs: 2,
      found: 1,
      bestRank: 5,
    });
  });

  it('names the true reference that ranks best, or the first where none is ranked', async () => {
    const table = rankings(['Q1 R9 9', 'Q1 R3 3', 'Q1 R2 2']);
    const { worstQueries } = await scoreRankings(table, truth('Q1 R2', 'Q1 R3', 'Q2 R7', 'Q2 R5'));
    expect(worstQueries.map(({ query, reference }) => [query, reference])).toEqual([
      ['Q2', 'R5'],
      ['Q1', 'R3'],
    ]);
  });

  it('orders equal losses by the name of the query', async () => {
    const { worstQueries } = await scoreRankings(rankings([]), truth('Q2 R1', 'Q3 R1', 'Q1 R1'));
    expect(worstQueries.map(({ query }) => query)).toEqual(['Q1', 'Q2', 'Q3']);
  });

  it('is nobody’s in perfect rankings', async () => {
    const perfect = await scoreRankings(rankings(['Q1 R1 2', 'Q2 R2 1']), truth('Q1 R1', 'Q2 R2'));
    expect(perfect.worstQueries).toEqual([]);
  });

  it('names at most 20 queries', async () => {
    const pairs = Array.from({ length: 30 }, (_, at) => `Q${at} R1`);
    const { worstQueries } = await scoreRankings(rankings([]), truth(...pairs));
    expect(worstQueries).toHaveLength(20);
  });
});
