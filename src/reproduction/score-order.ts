import type { Pace } from '../turn.ts';
import { mergeSort } from './merge-sort.ts';

/**
 * Of all pairs of items, the share that two lists of scores have in the same order: the one above the
 * other in both, or as high as the other in both. A rank correlation after Kendall, from 0 to 1, in
 * O(n log n); a tie that only one list has counts as another order, since segment AP takes equal scores
 * as one group. Null for fewer than two items. Throws the signal's reason.
 * @param one as long as `other`; finite
 * @see https://doi.org/10.1080/01621459.1966.10480879 (Knight 1966)
 */
export async function sameOrder(
  one: Float64Array,
  other: Float64Array,
  pace: Pace,
): Promise<number | null> {
  if (one.length < 2) return null;
  const byOne = (a: number, b: number) => (one[a] as number) - (one[b] as number);
  const byOther = (a: number, b: number) => (other[a] as number) - (other[b] as number);
  const byBoth = (a: number, b: number) => byOne(a, b) || byOther(a, b);
  const order = Uint32Array.from(one, (_, at) => at);
  await mergeSort(order, byBoth, pace);
  const tiesOfOne = ties(order, byOne);
  const tiesOfBoth = ties(order, byBoth);
  const reversed = await mergeSort(order, byOther, pace);
  const tiesOfOther = ties(order, byOther);
  const all = pairsOf(one.length);
  return (all - reversed - tiesOfOne - tiesOfOther + 2 * tiesOfBoth) / all;
}

/** How many pairs of equal items there are in a sorted list. */
function ties(sorted: Uint32Array, compare: (a: number, b: number) => number): number {
  let [count, run] = [0, 1];
  for (let at = 1; at <= sorted.length; at += 1) {
    const isTied =
      at < sorted.length && compare(sorted[at - 1] as number, sorted[at] as number) === 0;
    if (isTied) run += 1;
    else {
      count += pairsOf(run);
      run = 1;
    }
  }
  return count;
}

function pairsOf(items: number): number {
  return (items * (items - 1)) / 2;
}
