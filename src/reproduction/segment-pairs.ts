import type { MatchTable } from '../matches/match-table.ts';
import type { Pace } from '../turn.ts';
import { mergeSort } from './merge-sort.ts';

/** Columns of segments in order: by query, by reference, then by where they lie and by score. */
export interface Segments extends Boxes {
  readonly length: number;
  /** Places that two sets have in common. */
  readonly query: Int32Array;
  readonly reference: Int32Array;
  readonly score: Float64Array;
  /** Where a segment begins, as one number: the sum of its starts. */
  readonly beginning: Float64Array;
}

type Boxes = Pick<MatchTable, (typeof times)[number]>;

/** Places of ids that two tables have in common. */
export interface Places {
  readonly queries: ReadonlyMap<string, number>;
  readonly references: ReadonlyMap<string, number>;
}

/** Which segments are each other's counterparts. */
export interface SegmentPairs {
  /** For each submitted segment the row of its counterpart, or {@link NONE}. */
  readonly counterparts: Int32Array;
  /** Pairs of videos with so many segments that each was compared with its neighbours only. */
  readonly crowded: number;
}

/** In place of a row: there is none. */
export const NONE = -1;

/**
 * How many segments of the other set a segment without its equal is compared with, those that begin
 * nearest. A query and a reference have a handful; where a hundred thousand are of the same two videos,
 * comparing each with each would take hours.
 */
const NEIGHBOURS = 32;

const times = ['queryStart', 'queryEnd', 'referenceStart', 'referenceEnd'] as const;

/** The segments of those queries that have a place, in order. Throws the signal's reason. */
export async function segmentsOf(table: MatchTable, places: Places, pace: Pace): Promise<Segments> {
  const all: Segments = {
    ...table,
    query: translated(table.query, table.queries, places.queries),
    reference: translated(table.reference, table.references, places.references),
    beginning: table.queryStart.map((start, row) => start + (table.referenceStart[row] as number)),
  };
  const rows = Uint32Array.from(all.query.keys()).filter((row) => all.query[row] !== NONE);
  await mergeSort(rows, (a, b) => compareRows(all, a, all, b), pace);
  const whole = (column: Int32Array) => Int32Array.from(rows, (row) => column[row] as number);
  const numbers = (column: Float64Array) => Float64Array.from(rows, (row) => column[row] as number);
  return {
    length: rows.length,
    query: whole(all.query),
    reference: whole(all.reference),
    queryStart: numbers(all.queryStart),
    queryEnd: numbers(all.queryEnd),
    referenceStart: numbers(all.referenceStart),
    referenceEnd: numbers(all.referenceEnd),
    score: numbers(all.score),
    beginning: numbers(all.beginning),
  };
}

/** A column of a table's places as places in `to`; {@link NONE} for an id that has none there. */
function translated(
  column: Uint32Array,
  from: ReadonlyMap<string, number>,
  to: ReadonlyMap<string, number>,
): Int32Array {
  const found = new Int32Array(from.size).fill(NONE);
  for (const [id, place] of from) found[place] = to.get(id) ?? NONE;
  return Int32Array.from(column, (place) => found[place] as number);
}

function compareVideos(one: Segments, a: number, other: Segments, b: number): number {
  return (
    (one.query[a] as number) - (other.query[b] as number) ||
    (one.reference[a] as number) - (other.reference[b] as number)
  );
}

function compareBoxes(one: Segments, a: number, other: Segments, b: number): number {
  return (
    compareVideos(one, a, other, b) ||
    (one.beginning[a] as number) - (other.beginning[b] as number) ||
    (one.queryStart[a] as number) - (other.queryStart[b] as number) ||
    (one.queryEnd[a] as number) - (other.queryEnd[b] as number) ||
    (one.referenceStart[a] as number) - (other.referenceStart[b] as number) ||
    (one.referenceEnd[a] as number) - (other.referenceEnd[b] as number)
  );
}

function compareRows(one: Segments, a: number, other: Segments, b: number): number {
  return compareBoxes(one, a, other, b) || (one.score[a] as number) - (other.score[b] as number);
}

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

/** Intersection over union of two rectangles, query time across and reference time down; 1 if equal. */
export function boxOverlap(one: Segments, a: number, other: Segments, b: number): number {
  if (isSamePlace(one, a, other, b)) return 1;
  const shared =
    sharedLength(one.queryStart, one.queryEnd, a, other.queryStart, other.queryEnd, b) *
    sharedLength(
      one.referenceStart,
      one.referenceEnd,
      a,
      other.referenceStart,
      other.referenceEnd,
      b,
    );
  return shared > 0 ? shared / (area(one, a) + area(other, b) - shared) : 0;
}

function isSamePlace(one: Segments, a: number, other: Segments, b: number): boolean {
  return (
    one.queryStart[a] === other.queryStart[b] &&
    one.queryEnd[a] === other.queryEnd[b] &&
    one.referenceStart[a] === other.referenceStart[b] &&
    one.referenceEnd[a] === other.referenceEnd[b]
  );
}

function sharedLength(
  starts: Float64Array,
  ends: Float64Array,
  a: number,
  otherStarts: Float64Array,
  otherEnds: Float64Array,
  b: number,
): number {
  const start = Math.max(starts[a] as number, otherStarts[b] as number);
  return Math.max(0, Math.min(ends[a] as number, otherEnds[b] as number) - start);
}

function area({ queryStart, queryEnd, referenceStart, referenceEnd }: Segments, row: number) {
  return (
    ((queryEnd[row] as number) - (queryStart[row] as number)) *
    ((referenceEnd[row] as number) - (referenceStart[row] as number))
  );
}

/** The greatest difference of any of the four times, in seconds. */
export function timeDifference(one: Segments, a: number, other: Segments, b: number): number {
  return Math.max(
    ...times.map((time) => Math.abs((one[time][a] as number) - (other[time][b] as number))),
  );
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
      Uint32Array.from(partners.keys()).filter((row) => partners[row] === NONE);
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
