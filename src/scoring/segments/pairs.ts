import type { MatchTable } from '../../matches/match-table.ts';
import type { Pace } from '../../turn.ts';

/** Predicted segments and those of the ground truth, pair by pair. */
export interface PairedSegments {
  /** Number of pairs. */
  readonly length: number;
  /** Where in `ranks` and in `truthRows` a pair begins; one entry more than there are pairs. */
  readonly starts: Uint32Array;
  readonly truthStarts: Uint32Array;
  /** Places of predictions in their order by score, from 0: rising within a pair. */
  readonly ranks: Uint32Array;
  readonly truthRows: Uint32Array;
  /** By rank: its pair. */
  readonly pairOf: Uint32Array;
}

/**
 * Groups the rows of both tables by query and reference, in O(n).
 * @param order rows of the predictions, highest score first
 * @throws the signal's reason
 */
export async function groupByPair(
  predictions: MatchTable,
  truth: MatchTable,
  order: Uint32Array,
  pace: Pace,
): Promise<PairedSegments> {
  const tables = [truth, predictions] as const;
  const queries = placesInBoth(tables.map((table) => table.queries));
  const references = placesInBoth(tables.map((table) => table.references));
  // The truth's rows come first, then the predictions by rank: both sorts keep that order in a pair.
  const count = truth.length + order.length;
  const query = new Uint32Array(count);
  const reference = new Uint32Array(count);
  for (let row = 0; row < truth.length; row += 1) {
    query[row] = queries.of[0]?.[truth.query[row] as number] as number;
    reference[row] = references.of[0]?.[truth.reference[row] as number] as number;
  }
  for (let rank = 0; rank < order.length; rank += 1) {
    const row = order[rank] as number;
    const at = truth.length + rank;
    query[at] = queries.of[1]?.[predictions.query[row] as number] as number;
    reference[at] = references.of[1]?.[predictions.reference[row] as number] as number;
  }
  await pace.turn();
  const byReference = sortedBy(reference, references.size, countUp(count));
  await pace.turn();
  const sorted = sortedBy(query, queries.size, byReference);
  await pace.turn();
  return cut(sorted, query, reference, truth.length);
}

/** Cuts what is sorted by pair where the next one begins. */
function cut(
  sorted: Uint32Array,
  query: Uint32Array,
  reference: Uint32Array,
  ofTruth: number,
): PairedSegments {
  const [starts, truthStarts] = [
    new Uint32Array(sorted.length + 1),
    new Uint32Array(sorted.length + 1),
  ];
  const truthRows = new Uint32Array(ofTruth);
  const ranks = new Uint32Array(sorted.length - ofTruth);
  const pairOf = new Uint32Array(ranks.length);
  let [pairs, rows, truths] = [0, 0, 0];
  let before = -1;
  for (const at of sorted) {
    if (before < 0 || query[at] !== query[before] || reference[at] !== reference[before]) {
      starts[pairs] = rows;
      truthStarts[pairs] = truths;
      pairs += 1;
    }
    before = at;
    if (at < ofTruth) {
      truthRows[truths] = at;
      truths += 1;
    } else {
      ranks[rows] = at - ofTruth;
      pairOf[at - ofTruth] = pairs - 1;
      rows += 1;
    }
  }
  starts[pairs] = rows;
  truthStarts[pairs] = truths;
  return { length: pairs, starts, truthStarts, ranks, truthRows, pairOf };
}

/** 0, 1, 2 and so on. */
export function countUp(length: number): Uint32Array {
  const numbers = new Uint32Array(length);
  for (let at = 0; at < length; at += 1) numbers[at] = at;
  return numbers;
}

/** For each of some maps from id to place, by place: the place of the id among those of all. */
function placesInBoth(maps: readonly ReadonlyMap<string, number>[]): {
  readonly of: readonly Uint32Array[];
  readonly size: number;
} {
  const all = new Map<string, number>();
  const of = maps.map((ids) => {
    const places = new Uint32Array(ids.size);
    for (const [id, at] of ids) {
      const place = all.get(id) ?? all.size;
      if (place === all.size) all.set(id, place);
      places[at] = place;
    }
    return places;
  });
  return { of, size: all.size };
}

/** `items` by their keys, which are below `keys`; equal ones in the order that they had. */
function sortedBy(key: Uint32Array, keys: number, items: Uint32Array): Uint32Array {
  const next = new Uint32Array(keys + 1);
  for (const item of items) {
    const after = (key[item] as number) + 1;
    next[after] = (next[after] as number) + 1;
  }
  for (let at = 1; at < next.length; at += 1) {
    next[at] = (next[at] as number) + (next[at - 1] as number);
  }
  const sorted = new Uint32Array(items.length);
  for (const item of items) {
    const at = next[key[item] as number] as number;
    sorted[at] = item;
    next[key[item] as number] = at + 1;
  }
  return sorted;
}
