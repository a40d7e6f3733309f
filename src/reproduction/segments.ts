import type { MatchTable } from '../matches/match-table.ts';
import type { Pace } from '../turn.ts';
import { mergeSort } from './merge-sort.ts';

const times = ['queryStart', 'queryEnd', 'referenceStart', 'referenceEnd'] as const;

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

/** In place of a row: there is none. */
export const NONE = -1;

/** The segments of those queries that have a place, in order. Throws the signal's reason. */
export async function segmentsOf(table: MatchTable, places: Places, pace: Pace): Promise<Segments> {
  const all: Segments = {
    ...table,
    query: translated(table.query, table.queries, places.queries),
    reference: translated(table.reference, table.references, places.references),
    beginning: table.queryStart.map((start, row) => start + (table.referenceStart[row] as number)),
  };
  const rows = rowsWhere(all.length, (row) => all.query[row] !== NONE);
  await mergeSort(rows, (a, b) => compareRows(all, a, all, b), pace);
  const sorted = async <Column extends Int32Array | Float64Array>(column: Column, to: Column) => {
    for (let at = 0; at < rows.length; at += 1) to[at] = column[rows[at] as number] as number;
    if (pace.isDue) await pace.turn();
    return to;
  };
  const whole = (column: Int32Array) => sorted(column, new Int32Array(rows.length));
  const numbers = (column: Float64Array) => sorted(column, new Float64Array(rows.length));
  return {
    length: rows.length,
    query: await whole(all.query),
    reference: await whole(all.reference),
    queryStart: await numbers(all.queryStart),
    queryEnd: await numbers(all.queryEnd),
    referenceStart: await numbers(all.referenceStart),
    referenceEnd: await numbers(all.referenceEnd),
    score: await numbers(all.score),
    beginning: await numbers(all.beginning),
  };
}

/** The rows of a table for which `holds` says so. */
export function rowsWhere(length: number, holds: (row: number) => boolean): Uint32Array {
  const rows = new Uint32Array(length);
  let count = 0;
  for (let row = 0; row < length; row += 1) {
    if (holds(row)) rows[count++] = row;
  }
  return rows.slice(0, count);
}

/** A column of a table's places as places in `to`; {@link NONE} for an id that has none there. */
function translated(
  column: Uint32Array,
  from: ReadonlyMap<string, number>,
  to: ReadonlyMap<string, number>,
): Int32Array {
  const found = new Int32Array(from.size).fill(NONE);
  for (const [id, place] of from) found[place] = to.get(id) ?? NONE;
  const places = new Int32Array(column.length);
  for (let row = 0; row < places.length; row += 1) {
    places[row] = found[column[row] as number] as number;
  }
  return places;
}

/** By query, then by reference. */
export function compareVideos(one: Segments, a: number, other: Segments, b: number): number {
  return (
    (one.query[a] as number) - (other.query[b] as number) ||
    (one.reference[a] as number) - (other.reference[b] as number)
  );
}

/** By their videos, then by where they begin and by their other times. */
export function compareBoxes(one: Segments, a: number, other: Segments, b: number): number {
  return (
    compareVideos(one, a, other, b) ||
    (one.beginning[a] as number) - (other.beginning[b] as number) ||
    (one.queryStart[a] as number) - (other.queryStart[b] as number) ||
    (one.queryEnd[a] as number) - (other.queryEnd[b] as number) ||
    (one.referenceStart[a] as number) - (other.referenceStart[b] as number) ||
    (one.referenceEnd[a] as number) - (other.referenceEnd[b] as number)
  );
}

/** By their videos, times and scores: the order of {@link Segments}. */
export function compareRows(one: Segments, a: number, other: Segments, b: number): number {
  return compareBoxes(one, a, other, b) || (one.score[a] as number) - (other.score[b] as number);
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
