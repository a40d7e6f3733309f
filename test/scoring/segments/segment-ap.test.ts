import { describe, expect, it } from 'vitest';
import type { MatchTable } from '../../../src/matches/match-table.ts';
import { segmentScore } from '../../../src/scoring/segments/segment-ap.ts';
import { matches as table } from '../../support/match-table.ts';

const ap = async (predictions: MatchTable, truth: MatchTable) =>
  (await segmentScore(predictions, truth)).averagePrecision;

/** Recall and precision at each step. */
const points = async (predictions: MatchTable, truth: MatchTable) => {
  const { steps } = await segmentScore(predictions, truth);
  return Array.from({ length: steps.length }, (_, at) => [steps.recall[at], steps.precision[at]]);
};

describe('segment AP', () => {
  const truth = table('Q1 R1 0..10 20..30', 'Q2 R2 5..15 5..15');

  it('is 1 for the ground truth, in whatever pieces and however often', async () => {
    expect(await ap(truth, truth)).toBe(1);
    const pieces = ['Q1 R1 0..4 20..24 1', 'Q1 R1 4..10 24..30 1', 'Q2 R2 5..15 5..15 1'];
    expect(await ap(table(...pieces, ...pieces), truth)).toBe(1);
  });

  it('is precision at each rise of recall', async () => {
    // Half of Q1 is found: I = 5, T = 5, L = 20; then Q2 with as much besides: I = 15, T = 25.
    const predictions = table('Q1 R1 0..5 20..25 9', 'Q2 R2 0..20 0..20 8');
    expect(await points(predictions, truth)).toEqual([
      [0.25, 1],
      [0.75, 0.6],
    ]);
    expect(await ap(predictions, truth)).toBeCloseTo(0.25 + 0.5 * 0.6, 12);
  });

  it('is 0 where boxes miss each other although both of their sides meet', async () => {
    const boxes = table('Q1 R1 0..10 0..10', 'Q1 R1 20..30 20..30');
    expect(await ap(table('Q1 R1 0..10 20..30 1'), boxes)).toBe(0);
  });

  it('counts what was off the diagonal once its segments are active', async () => {
    const boxes = table('Q1 R1 0..10 0..10', 'Q1 R1 20..30 20..30');
    const found = await points(
      table('Q1 R1 0..10 20..30 9', 'Q1 R1 0..10 0..10 8', 'Q1 R1 20..30 20..30 7'),
      boxes,
    );
    expect(found.map(([recall]) => recall)).toEqual([Math.sqrt(0.5 * 0.5), 1]);
  });

  it('takes equal scores at once, whatever their order', async () => {
    const [right, wrong] = ['Q1 R1 0..10 20..30 1', 'Q9 R9 0..20 0..20 1'];
    const found = await ap(table(right, wrong), truth);
    expect(found).toBeCloseTo((0.5 * 10) / 30, 12);
    expect(await ap(table(wrong, right), truth)).toBeCloseTo(found, 12);
  });

  it.each([
    ['nothing predicted', table(), truth],
    ['nothing to find', truth, table()],
    ['a truth without length', truth, table('Q1 R1 3..3 20..30')],
    ['segments without length alone', table('Q1 R1 3..3 22..22 1'), truth],
  ])('is 0 for %s', async (_, predictions, against) => {
    expect(await ap(predictions, against)).toBe(0);
    expect((await points(predictions, against)).flat().every((value) => value === 0)).toBe(true);
  });

  it('gives no length to what ends before it begins', async () => {
    expect(
      await ap(table('Q1 R1 9..1 20..30 2', 'Q1 R1 0..10 20..30 1', 'Q2 R2 5..15 5..15 1'), truth),
    ).toBe(1);
  });

  it.each([
    ['without length in the query', 'Q1 R1 3..3 0..10 8'],
    ['without length in the reference', 'Q1 R1 0..10 3..3 8'],
    ['that is reversed', 'Q1 R1 9..1 0..10 8'],
  ])('is not raised by a segment %s: it activates nothing', async (_, segment) => {
    const boxes = table('Q1 R1 0..10 0..10', 'Q1 R1 20..30 20..30');
    expect(await ap(table('Q1 R1 0..10 20..30 9', segment), boxes)).toBe(0);
  });

  it('is interrupted at once, however many there are', async () => {
    const many = table(
      ...Array.from({ length: 20_000 }, (_, at) => `Q1 R1 ${at}..${at + 2} 0..9 ${at}`),
    );
    const stop = new AbortController();
    const running = segmentScore(many, many, stop.signal);
    setTimeout(() => stop.abort(new Error('interrupted')), 1);
    await expect(running).rejects.toThrow('interrupted');
  });
});
