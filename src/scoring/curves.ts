import type { Thresholds } from './average-precision.ts';
import type { RankingScore } from './score.ts';

/** Points of a drawn curve: more are no more to be seen. */
const MAX_POINTS = 300;
/** Bins of the histogram. */
const BINS = 40;

/**
 * Precision and recall at the thresholds where true pairs come in, and last over all pairs; the area
 * below its steps is the micro-average precision. Recall is of all `truePairs`. Thinned evenly, with
 * the first and the last kept; empty where there are no pairs.
 */
export function curveOf(
  { pairs, hits }: Thresholds,
  allPairs: number,
  truePairs: number,
): RankingScore['curve'] {
  const all = [
    ...Array.from(hits, (found, at) => ({ found, among: pairs[at] as number })),
    ...(allPairs > (pairs.at(-1) ?? 0) ? [{ found: hits.at(-1) ?? 0, among: allPairs }] : []),
  ];
  const points = thinned(all, MAX_POINTS);
  return {
    recall: points.map(({ found }) => share(found, truePairs)),
    precision: points.map(({ found, among }) => found / among),
  };
}

/** The highest recall at a threshold where precision is at least `precision`; 0 where it never is. */
export function recallAtPrecision(
  { pairs, hits }: Thresholds,
  truePairs: number,
  precision: number,
): number {
  const at = hits.findLastIndex((found, index) => found / (pairs[index] as number) >= precision);
  return at === -1 ? 0 : share(hits[at] as number, truePairs);
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function thinned<T>(items: readonly T[], most: number): readonly T[] {
  if (items.length <= most) return items;
  const step = (items.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, at) => items[Math.round(at * step)] as T);
}

/**
 * How the scores of true and of false pairs are spread: bins of equal width from the lowest score to
 * the highest, which belongs to the last bin. A single value gets one bin around it; no pairs, none.
 */
export function histogramOf(scores: Float64Array, isTrue: Uint8Array): RankingScore['histogram'] {
  if (scores.length === 0) return { edges: [], truePairs: [], falsePairs: [] };
  const low = scores.reduce((a, b) => Math.min(a, b));
  const high = scores.reduce((a, b) => Math.max(a, b));
  const edges =
    low === high
      ? around(low)
      : Array.from({ length: BINS + 1 }, (_, at) => low * (1 - at / BINS) + high * (at / BINS));
  const counts = [0, 1].map(() => new Array<number>(edges.length - 1).fill(0));
  // Halved, since the difference of two doubles can be too large for one.
  const width = high / 2 - low / 2;
  scores.forEach((score, row) => {
    const place = width === 0 ? 0 : Math.floor(((score / 2 - low / 2) / width) * BINS);
    const bin = Math.min(place, edges.length - 2);
    const column = counts[isTrue[row] as number] as number[];
    column[bin] = (column[bin] as number) + 1;
  });
  return { edges, falsePairs: counts[0] ?? [], truePairs: counts[1] ?? [] };
}

function around(score: number): number[] {
  const reach = Math.max(0.5, Math.abs(score) * 1e-3);
  return [score - reach, score + reach].map((edge) =>
    Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, edge)),
  );
}
