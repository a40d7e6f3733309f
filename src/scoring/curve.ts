import type { Thresholds } from './average-precision.ts';
import type { RankingScore } from './score.ts';

/** Points of a drawn curve: more are no more to be seen. */
const MAX_POINTS = 300;

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
