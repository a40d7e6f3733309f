import type { Pace } from '../turn.ts';

/** Steps between two looks at the clock. */
const STRIDE = 4096;

/**
 * Sorts `items` in place, equal ones as they came, and lets the event loop turn meanwhile, as the
 * built-in sort can't.
 * @returns how many pairs of items stood in the wrong order. Throws the signal's reason.
 */
export async function mergeSort(
  items: Uint32Array,
  compare: (a: number, b: number) => number,
  pace: Pace,
): Promise<number> {
  const { length } = items;
  let from: Uint32Array = items;
  let to: Uint32Array = new Uint32Array(length);
  let inversions = 0;
  const takesRight = (left: number, middle: number, right: number, end: number) =>
    left === middle || (right < end && compare(from[left] as number, from[right] as number) > 0);
  for (let width = 1; width < length; width *= 2) {
    for (let start = 0; start < length; start += 2 * width) {
      const middle = Math.min(start + width, length);
      const end = Math.min(middle + width, length);
      let [left, right] = [start, middle];
      for (let at = start; at < end; at += 1) {
        if (at % STRIDE === 0 && pace.isDue) await pace.turn();
        if (takesRight(left, middle, right, end)) {
          inversions += middle - left;
          to[at] = from[right++] as number;
        } else {
          to[at] = from[left++] as number;
        }
      }
    }
    [from, to] = [to, from];
  }
  if (from !== items) items.set(from);
  return inversions;
}
