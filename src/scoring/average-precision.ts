import { descendingOrder } from './descending-order.ts';

/**
 * Rankings cut at falling scores, the places where true pairs come in: how many pairs, and how many
 * true ones among them, have at least that score. Equal scores are one threshold.
 */
export interface Thresholds {
  readonly pairs: Uint32Array;
  readonly hits: Uint32Array;
}

/**
 * The thresholds of `scores`, of which those with a 1 in `isTrue` belong to true pairs; `order` has
 * their places from the highest to the lowest.
 */
export function thresholdsOf(
  scores: Float64Array,
  isTrue: Uint8Array,
  order: Uint32Array,
): Thresholds {
  let count = 0;
  for (let row = 0; row < isTrue.length; row += 1) count += isTrue[row] as number;
  const pairs = new Uint32Array(count);
  const hits = new Uint32Array(count);
  let [length, seen] = [0, 0];
  for (let at = 0; at < order.length; ) {
    const score = scores[order[at] as number];
    const before = seen;
    for (; at < order.length && scores[order[at] as number] === score; at += 1) {
      seen += isTrue[order[at] as number] as number;
    }
    if (seen === before) continue;
    pairs[length] = at;
    hits[length] = seen;
    length += 1;
  }
  return { pairs: pairs.subarray(0, length), hits: hits.subarray(0, length) };
}

/**
 * Micro-average precision from the thresholds: Σ (Rₙ − Rₙ₋₁) Pₙ, where Pₙ is the share of true pairs
 * among those down to the threshold and Rₙ the share of all `truePairs` that are among them. A
 * threshold without a true pair adds nothing. 0 where there are no true pairs.
 *
 * That is scikit-learn's `average_precision_score`, whose recall is of the true pairs submitted, times
 * submitted ÷ all true pairs.
 * @see https://scikit-learn.org/stable/modules/generated/sklearn.metrics.average_precision_score.html
 */
export function averagePrecisionAt({ pairs, hits }: Thresholds, truePairs: number): number {
  let sum = 0;
  let before = 0;
  for (let at = 0; at < hits.length; at += 1) {
    const seen = hits[at] as number;
    sum += (seen - before) * (seen / (pairs[at] as number));
    before = seen;
  }
  return truePairs === 0 ? 0 : sum / truePairs;
}

/**
 * Micro-average precision of pairs in any order.
 *
 * @param isTrue 1 for the true pairs, 0 for the others; as long as `scores`
 * @param truePairs in the ground truth, submitted or not
 * @throws RangeError for a score that is not finite
 */
export function microAveragePrecision(
  scores: Float64Array,
  isTrue: Uint8Array,
  truePairs: number,
): number {
  for (let row = 0; row < scores.length; row += 1) {
    if (Number.isFinite(scores[row])) continue;
    throw new RangeError(`score ${row} is ${scores[row]}, not finite`);
  }
  const order = descendingOrder(scores);
  return averagePrecisionAt(thresholdsOf(scores, isTrue, order), truePairs);
}
