/**
 * How much of a line is covered by two growing unions of intervals, and by both at once. The ends of
 * all intervals are known beforehand; each piece between two neighbouring ends is covered once, so that
 * adding n intervals takes O(n α(n)) after sorting.
 */
export class Coverage {
  readonly #ends: Float64Array;
  /** For each union, by piece: the next one from there on that it doesn't cover yet. */
  readonly #next: readonly [Uint32Array, Uint32Array];

  /** @param ends of all intervals to come, in any order */
  constructor(ends: Float64Array) {
    this.#ends = distinct(ends.sort());
    const pieces = this.#ends.length;
    const all = () => Uint32Array.from({ length: pieces }, (_, at) => at);
    this.#next = [all(), all()];
  }

  /**
   * Adds the interval from `start` to `end` to a union.
   * @returns what of it is new to that union, and what of the new is in the other one
   */
  add(
    union: 0 | 1,
    start: number,
    end: number,
  ): { readonly added: number; readonly shared: number } {
    const next = this.#next[union];
    const other = this.#next[1 - union] as Uint32Array;
    const [from, to] = [placeOf(start, this.#ends), placeOf(end, this.#ends)];
    let [added, shared] = [0, 0];
    for (let piece = uncovered(next, from); piece < to; piece = uncovered(next, piece)) {
      const length = (this.#ends[piece + 1] as number) - (this.#ends[piece] as number);
      added += length;
      if (other[piece] !== piece) shared += length;
      next[piece] = piece + 1;
    }
    return { added, shared };
  }
}

/** The first piece from `piece` on that is not covered; the way to it gets shorter. */
function uncovered(next: Uint32Array, piece: number): number {
  let at = piece;
  while (at < next.length && next[at] !== at) {
    const after = next[at] as number;
    if (after < next.length) next[at] = next[after] as number;
    at = after;
  }
  return at;
}

function distinct(sorted: Float64Array): Float64Array {
  let length = 0;
  for (const value of sorted) {
    if (length > 0 && sorted[length - 1] === value) continue;
    sorted[length] = value;
    length += 1;
  }
  return sorted.subarray(0, length);
}

/** The place of a value that is in `sorted`. */
function placeOf(value: number, sorted: Float64Array): number {
  let [low, high] = [0, sorted.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
