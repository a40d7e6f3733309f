/** Values of a digit of the radix sort. */
const DIGITS = 2 ** 16;

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

/**
 * The places of `scores` from the highest to the lowest, equal ones in their own order; rankings that
 * are sorted already cost one look. Otherwise a radix sort by 16 bits at a time: eight times as fast
 * as sorting with a comparison function.
 *
 * @param scores finite
 */
export function descendingOrder(scores: Float64Array): Uint32Array {
  let order = new Uint32Array(scores.length);
  for (let at = 0; at < order.length; at += 1) order[at] = at;
  if (isDescending(scores)) return order;
  const keys = descendingKeys(scores);
  let spare = new Uint32Array(scores.length);
  for (let digit = 0; digit < 4; digit += 1) {
    if (!sortByDigit(keys, digit, order, spare)) continue;
    [order, spare] = [spare, order];
  }
  return order;
}

function isDescending(scores: Float64Array): boolean {
  for (let at = 1; at < scores.length; at += 1) {
    if ((scores[at] as number) > (scores[at - 1] as number)) return false;
  }
  return true;
}

/**
 * 64-bit keys, as four digits from the lowest up, that rise where the scores fall. The bits of an
 * IEEE 754 double order like integers once the negative ones are complemented; −0 is made 0.
 */
function descendingKeys(scores: Float64Array): Uint16Array {
  const copy = new Float64Array(scores);
  for (let at = 0; at < copy.length; at += 1) copy[at] = (copy[at] as number) + 0;
  const halves = new Uint32Array(copy.buffer);
  for (let at = 0; at < halves.length; at += 2) {
    const high = halves[at + 1] as number;
    if (high >>> 31 === 1) continue;
    halves[at] = ~(halves[at] as number);
    halves[at + 1] = ~high & 0x7fffffff;
  }
  return new Uint16Array(halves.buffer);
}

/** Sorts `from` into `to` by one digit; false, and nothing done, where all have the same. */
function sortByDigit(
  keys: Uint16Array,
  digit: number,
  from: Uint32Array,
  to: Uint32Array,
): boolean {
  const starts = new Uint32Array(DIGITS + 1);
  for (let at = digit; at < keys.length; at += 4) {
    const slot = (keys[at] as number) + 1;
    starts[slot] = (starts[slot] as number) + 1;
  }
  if (starts.includes(from.length)) return false;
  for (let at = 1; at <= DIGITS; at += 1) {
    starts[at] = (starts[at] as number) + (starts[at - 1] as number);
  }
  for (let at = 0; at < from.length; at += 1) {
    const place = from[at] as number;
    const value = keys[4 * place + digit] as number;
    const target = starts[value] as number;
    starts[value] = target + 1;
    to[target] = place;
  }
  return true;
}
