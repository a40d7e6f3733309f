import type { Pace } from '../turn.ts';
import {
  boxOverlap,
  compareBoxes,
  compareRows,
  compareVideos,
  NONE,
  rowsWhere,
  type Segments,
} from './segments.ts';

/** Which segments are each other's counterparts. */
export interface SegmentPairs {
  /** For each submitted segment the row of its counterpart, or {@link NONE}. */
  readonly counterparts: Int32Array;
  /** Pairs of videos with so many segments that each was compared with its neighbours only. */
  readonly crowded: number;
}

/**
 * How many segments of the other set a segment without its equal is compared with, those that begin
 * nearest. A query and a reference have a handful; where a hundred thousand are of the same two videos,
 * comparing each with each would take hours.
 */
const NEIGHBOURS = 32;

/**
 * Pairs the segments of two sets, each with one at most and of the same two videos: first those that are
 * equal to the digit, then those of equal times, whatever their scores; then, the most alike first, what
 * overlaps in the query and in the reference, by intersection over union. What has no length overlaps
 * nothing. O(n log n) for n segments. Throws the signal's reason.
 */
export async function pairSegments(
  submitted: Segments,
  made: Segments,
  pace: Pace,
): Promise<SegmentPairs> {
  const pairing = new Pairing(submitted, made, pace);
  await pairing.pairEqual(compareRows);
  await pairing.pairEqual(compareBoxes);
  const crowded = await pairing.pairOverlapping();
  return { counterparts: pairing.counterparts, crowded };
}

/** Two sets of which more and more segments are paired. */
class Pairing {
  readonly counterparts: Int32Array;
  readonly #submitted: Segments;
  readonly #made: Segments;
  readonly #pace: Pace;
  /** For each segment that was made its counterpart among the submitted. */
  readonly #holders: Int32Array;

  constructor(submitted: Segments, made: Segments, pace: Pace) {
    this.#submitted = submitted;
    this.#made = made;
    this.#pace = pace;
    this.counterparts = new Int32Array(submitted.length).fill(NONE);
    this.#holders = new Int32Array(made.length).fill(NONE);
  }

  /** Pairs what is left and equal: a walk along both, since both are in order. */
  async pairEqual(compare: typeof compareRows): Promise<void> {
    const [submitted, made] = this.#left();
    for (let [s, m] = [0, 0]; s < submitted.length && m < made.length; ) {
      if (this.#pace.isDue) await this.#pace.turn();
      const [row, other] = [submitted[s] as number, made[m] as number];
      const order = compare(this.#submitted, row, this.#made, other);
      if (order === 0) this.#pair(row, other);
      if (order <= 0) s += 1;
      if (order >= 0) m += 1;
    }
  }

  /** Pairs what is left and overlaps; returns how many pairs of videos are crowded. */
  async pairOverlapping(): Promise<number> {
    const [submitted, made] = this.#left();
    let crowded = 0;
    for (let [s, m] = [0, 0]; s < submitted.length && m < made.length; ) {
      if (this.#pace.isDue) await this.#pace.turn();
      const [row, other] = [submitted[s] as number, made[m] as number];
      const order = compareVideos(this.#submitted, row, this.#made, other);
      const sEnd = order <= 0 ? endOfVideos(this.#submitted, submitted, s) : s;
      const mEnd = order >= 0 ? endOfVideos(this.#made, made, m) : m;
      if (order === 0) {
        const others = made.subarray(m, mEnd);
        if (others.length > NEIGHBOURS) crowded += 1;
        await this.#pairVideos(submitted.subarray(s, sEnd), others);
      }
      [s, m] = [sEnd, mEnd];
    }
    return crowded;
  }

  /**
   * Each submitted segment asks those of its neighbours that it overlaps, most alike first, until one
   * takes it; one that is asked leaves its counterpart for one that is more alike. Both sides rank by the
   * same number, so this ends as it would by taking the most alike of all, then of the rest, and so on,
   * but needs no list of all that overlap.
   */
  async #pairVideos(submitted: Uint32Array, made: Uint32Array): Promise<void> {
    const asked = new Map<number, Neighbour>();
    for (const row of submitted) {
      for (let asking = row; asking !== NONE; ) {
        if (this.#pace.isDue) await this.#pace.turn();
        const next = this.#nextNeighbour(asking, made, asked.get(asking));
        if (next === undefined) break;
        asked.set(asking, next);
        const holder = this.#holders[next.row] as number;
        if (holder !== NONE && !this.#isMoreAlike(asking, holder, next)) continue;
        if (holder !== NONE) this.counterparts[holder] = NONE;
        this.#pair(asking, next.row);
        asking = holder;
      }
    }
  }

  #isMoreAlike(asking: number, holder: number, { row, overlap }: Neighbour): boolean {
    const held = boxOverlap(this.#submitted, holder, this.#made, row);
    return overlap > held || (overlap === held && asking < holder);
  }

  /** The most alike of the neighbours that come after `last`. */
  #nextNeighbour(
    asking: number,
    made: Uint32Array,
    last: Neighbour | undefined,
  ): Neighbour | undefined {
    let best: Neighbour | undefined;
    const from = this.#firstNeighbour(asking, made);
    for (const row of made.subarray(from, from + NEIGHBOURS)) {
      const overlap = boxOverlap(this.#submitted, asking, this.#made, row);
      const isAfterLast =
        last === undefined ||
        overlap < last.overlap ||
        (overlap === last.overlap && row > last.row);
      if (overlap > (best?.overlap ?? 0) && isAfterLast) best = { row, overlap };
    }
    return best;
  }

  /** Where in `made` the neighbours of a submitted segment begin. */
  #firstNeighbour(row: number, made: Uint32Array): number {
    if (made.length <= NEIGHBOURS) return 0;
    const beginning = this.#submitted.beginning[row] as number;
    let [low, high] = [0, made.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#made.beginning[made[middle] as number] as number) < beginning) low = middle + 1;
      else high = middle;
    }
    return Math.min(Math.max(0, low - NEIGHBOURS / 2), made.length - NEIGHBOURS);
  }

  #pair(row: number, other: number): void {
    this.counterparts[row] = other;
    this.#holders[other] = row;
  }

  #left(): readonly [Uint32Array, Uint32Array] {
    const unpaired = (partners: Int32Array) =>
      rowsWhere(partners.length, (row) => partners[row] === NONE);
    return [unpaired(this.counterparts), unpaired(this.#holders)];
  }
}

/** A segment of the other set, and how much it overlaps. */
interface Neighbour {
  readonly row: number;
  readonly overlap: number;
}

/** Where in `rows`, from `start` on, other videos begin. */
function endOfVideos(segments: Segments, rows: Uint32Array, start: number): number {
  let end = start + 1;
  const first = rows[start] as number;
  while (end < rows.length && compareVideos(segments, first, segments, rows[end] as number) === 0) {
    end += 1;
  }
  return end;
}
