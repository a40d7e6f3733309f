/**
 * How much of a line is covered by two growing unions of intervals, and by both at once. The ends of
 * all intervals are known beforehand; each piece between two neighbouring ends is covered once, so that
 * adding n intervals takes O(n α(n)) after sorting. One of these serves line after line.
 */
export class Coverage {
  #ends = new Float64Array(0);
  #length = 0;
  /** For each union, by piece: the next one from there on that it doesn't cover yet. */
  readonly #next: readonly [Uint32Array, Uint32Array];
  /** How much the last interval added to its union, and what of that is in the other one. */
  added = 0;
  shared = 0;

  /** @param most ends that a line has */
  constructor(most: number) {
    this.#next = [new Uint32Array(most), new Uint32Array(most)];
  }

  /**
   * Turns to a new line, of which nothing is covered.
   * @param ends of all intervals to come, rising; it is kept, and written to
   */
  begin(ends: Float64Array<ArrayBuffer>): void {
    this.#ends = ends;
    this.#length = dropRepeated(ends);
    for (const next of this.#next) {
      for (let at = 0; at < this.#length; at += 1) next[at] = at;
    }
  }

  /** Adds the interval from `start` to `end` to a union; `added` and `shared` tell what that did. */
  add(union: 0 | 1, start: number, end: number): void {
    const ends = this.#ends;
    const next = this.#next[union];
    const other = this.#next[1 - union] as Uint32Array;
    const to = this.#placeOf(end);
    let [added, shared] = [0, 0];
    let piece = this.#uncovered(next, this.#placeOf(start));
    while (piece < to) {
      const length = (ends[piece + 1] as number) - (ends[piece] as number);
      added += length;
      if (other[piece] !== piece) shared += length;
      next[piece] = piece + 1;
      piece = this.#uncovered(next, piece);
    }
    this.added = added;
    this.shared = shared;
  }

  /** The first piece from `piece` on that is not covered; the way to it gets shorter. */
  #uncovered(next: Uint32Array, piece: number): number {
    let at = piece;
    while (at < this.#length && next[at] !== at) {
      const after = next[at] as number;
      if (after < this.#length) next[at] = next[after] as number;
      at = after;
    }
    return at;
  }

  /** The place of one of the ends. */
  #placeOf(value: number): number {
    const ends = this.#ends;
    let [low, high] = [0, this.#length - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ends[middle] as number) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Moves the distinct values to the front, and returns how many they are. */
function dropRepeated(rising: Float64Array): number {
  let length = 0;
  for (const value of rising) {
    if (length > 0 && rising[length - 1] === value) continue;
    rising[length] = value;
    length += 1;
  }
  return length;
}
