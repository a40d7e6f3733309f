import type { Pace } from '../../turn.ts';

/** Numbers that are sorted at a stretch: some milliseconds. */
const BLOCK = 2 ** 16;

/** Whether sorting takes so long that an interrupt would have to wait. */
export function isLong(numbers: Float64Array): boolean {
  return numbers.length > BLOCK;
}

/**
 * Sorts numbers in place while the event loop turns: blocks first, which are then merged.
 * @throws the signal's reason
 */
export async function sortInTurns(numbers: Float64Array, pace: Pace): Promise<void> {
  const { length } = numbers;
  for (let from = 0; from < length; from += BLOCK) {
    numbers.subarray(from, from + BLOCK).sort();
    if (pace.isDue) await pace.turn();
  }
  let [from, to]: [Float64Array, Float64Array] = [numbers, new Float64Array(length)];
  for (let run = BLOCK; run < length; run *= 2) {
    for (let start = 0; start < length; start += 2 * run) {
      const middle = Math.min(start + run, length);
      await merge(from, to, [start, middle, Math.min(middle + run, length)], pace);
    }
    [from, to] = [to, from];
  }
  if (from !== numbers) numbers.set(from);
}

/** Merges what is sorted from `start` and from `middle` on. */
async function merge(
  from: Float64Array,
  to: Float64Array,
  [start, middle, end]: readonly [number, number, number],
  pace: Pace,
): Promise<void> {
  let [left, right] = [start, middle];
  for (let at = start; at < end; at += 1) {
    if (at % BLOCK === 0 && pace.isDue) await pace.turn();
    const isLeft =
      right >= end || (left < middle && (from[left] as number) <= (from[right] as number));
    to[at] = from[isLeft ? left : right] as number;
    if (isLeft) left += 1;
    else right += 1;
  }
}
