import type { MatchTable } from '../../matches/match-table.ts';
import { Pace } from '../../turn.ts';
import { descendingOrder } from '../average-precision.ts';
import { BoxTree } from './box-tree.ts';
import { Coverage } from './coverage.ts';
import { groupByPair, type PairedSegments } from './pairs.ts';
import { isLong, sortInTurns } from './sort-in-turns.ts';

/** The two axes: time in the query, and in the reference. */
export const axes = ['query', 'reference'] as const;

type Axis = (typeof axes)[number];

/** A column in seconds for each axis. */
export type ByAxis = Readonly<Record<Axis, Float64Array>>;

/** Predicted segments from the highest score to the lowest, with what each adds to the sums. */
export interface RankedSegments {
  readonly predictions: MatchTable;
  readonly truth: MatchTable;
  /** Rows of the predictions by rank, from 0; equal scores in the order of the file. */
  readonly order: Uint32Array;
  readonly pairs: PairedSegments;
  /** By rank: by how much the length of the predictions grows, and what of that is right. */
  readonly predicted: ByAxis;
  readonly shared: ByAxis;
  /** By pair: the length of its ground truth. */
  readonly truthLength: ByAxis;
  /** Segments of the ground truth that a prediction activates. */
  readonly activated: number;
}

const PREDICTED = 0;
const ACTIVE = 1;

/** How many segments are looked at before the clock is. */
export const STRETCH = 64;

/**
 * Ranks predicted segments and measures them beside the ground truth, pair by pair, since none has to
 * do with another. Lengths are those of unions, on each axis; what doesn't end after it begins has none.
 *
 * @throws the signal's reason
 */
export async function rankSegments(
  predictions: MatchTable,
  truth: MatchTable,
  signal?: AbortSignal,
): Promise<RankedSegments> {
  const pace = new Pace(signal);
  await pace.turn();
  const order = descendingOrder(predictions.score);
  await pace.turn();
  const pairs = await groupByPair(predictions, truth, order, pace);
  await pace.turn();
  const measured = new Measured(predictions, truth, order, pairs);
  for (let pair = 0; pair < pairs.length; pair += 1) await measured.add(pair, pace);
  const { predicted, shared, truthLength, activated } = measured;
  return { predictions, truth, order, pairs, predicted, shared, truthLength, activated };
}

/** What is known of the pairs that were added. */
class Measured {
  readonly predicted: ByAxis;
  readonly shared: ByAxis;
  readonly truthLength: ByAxis;
  activated = 0;
  readonly #predictions: MatchTable;
  readonly #truth: MatchTable;
  readonly #order: Uint32Array;
  readonly #pairs: PairedSegments;
  /** Of one pair on one axis at a time: its segments, predictions first, and what they cover. */
  readonly #starts: Float64Array;
  readonly #stops: Float64Array;
  readonly #ends: Float64Array<ArrayBuffer>;
  readonly #line: Coverage;

  constructor(
    predictions: MatchTable,
    truth: MatchTable,
    order: Uint32Array,
    pairs: PairedSegments,
  ) {
    this.#predictions = predictions;
    this.#truth = truth;
    this.#order = order;
    this.#pairs = pairs;
    this.predicted = columns(order.length);
    this.shared = columns(order.length);
    this.truthLength = columns(pairs.length);
    const most = mostSegments(pairs);
    this.#starts = new Float64Array(most);
    this.#stops = new Float64Array(most);
    this.#ends = new Float64Array(2 * most);
    this.#line = new Coverage(2 * most);
  }

  async add(pair: number, pace: Pace): Promise<void> {
    if (pace.isDue) await pace.turn();
    const { starts, truthStarts, ranks, truthRows } = this.#pairs;
    const own = ranks.subarray(starts[pair], starts[pair + 1]);
    const truths = truthRows.subarray(truthStarts[pair], truthStarts[pair + 1]);
    const active = truths.length === 0 ? [] : await this.#activations(own, truths, pace);
    for (const axis of axes) {
      this.#gather(axis, own, truths);
      this.truthLength[axis][pair] = await this.#truthLength(own.length, truths.length, pace);
      await this.#begin(0, own.length + truths.length, pace);
      const [line, starts, stops] = [this.#line, this.#starts, this.#stops];
      const [predicted, sharing] = [this.predicted[axis], this.shared[axis]];
      for (let at = 0; at < own.length; at += 1) {
        if (at % STRETCH === STRETCH - 1 && pace.isDue) await pace.turn();
        line.add(PREDICTED, starts[at] as number, stops[at] as number);
        const { added } = line;
        let { shared } = line;
        const activated = active[at];
        if (activated !== undefined) {
          for (const truth of activated) {
            const place = own.length + truth;
            line.add(ACTIVE, starts[place] as number, stops[place] as number);
            shared += line.shared;
          }
        }
        const rank = own[at] as number;
        predicted[rank] = added;
        sharing[rank] = shared;
      }
    }
  }

  /** By place of a pair's predictions: places of ground truth that it is the first to activate. */
  async #activations(
    own: Uint32Array,
    truths: Uint32Array,
    pace: Pace,
  ): Promise<readonly (readonly number[])[]> {
    const inactive = new BoxTree(this.#truth, truths);
    const active: (readonly number[])[] = [];
    for (const rank of own) {
      if (active.length % STRETCH === STRETCH - 1 && pace.isDue) await pace.turn();
      const places = inactive.takeOverlapping(this.#predictions, this.#order[rank] as number);
      this.activated += places.length;
      active.push(places);
    }
    return active;
  }

  #gather(axis: Axis, own: Uint32Array, truths: Uint32Array): void {
    const [starts, stops, order] = [this.#starts, this.#stops, this.#order];
    const predicted = spans(this.#predictions, axis);
    let length = 0;
    for (const rank of own) {
      const row = order[rank] as number;
      const start = predicted.start[row] as number;
      starts[length] = start;
      stops[length] = Math.max(start, predicted.end[row] as number);
      length += 1;
    }
    const truth = spans(this.#truth, axis);
    for (const row of truths) {
      const start = truth.start[row] as number;
      starts[length] = start;
      stops[length] = Math.max(start, truth.end[row] as number);
      length += 1;
    }
  }

  async #truthLength(from: number, count: number, pace: Pace): Promise<number> {
    if (count === 0) return 0;
    await this.#begin(from, from + count, pace);
    let length = 0;
    for (let at = from; at < from + count; at += 1) {
      if (at % STRETCH === STRETCH - 1 && pace.isDue) await pace.turn();
      this.#line.add(ACTIVE, this.#starts[at] as number, this.#stops[at] as number);
      length += this.#line.added;
    }
    return length;
  }

  /** Turns to the line of the segments in some places. */
  async #begin(from: number, to: number, pace: Pace): Promise<void> {
    const count = to - from;
    const ends = this.#ends.subarray(0, 2 * count);
    ends.set(this.#starts.subarray(from, to));
    ends.set(this.#stops.subarray(from, to), count);
    if (isLong(ends)) await sortInTurns(ends, pace);
    else ends.sort();
    this.#line.begin(ends);
  }
}

/** From where to where the segments of a table go on an axis. */
function spans(table: MatchTable, axis: Axis) {
  return axis === 'query'
    ? { start: table.queryStart, end: table.queryEnd }
    : { start: table.referenceStart, end: table.referenceEnd };
}

/** Columns of zeros. */
export function columns(length: number): ByAxis {
  return { query: new Float64Array(length), reference: new Float64Array(length) };
}

function mostSegments({ length, starts, truthStarts }: PairedSegments): number {
  let most = 0;
  for (let pair = 0; pair < length; pair += 1) {
    const predicted = (starts[pair + 1] as number) - (starts[pair] as number);
    const truths = (truthStarts[pair + 1] as number) - (truthStarts[pair] as number);
    most = Math.max(most, predicted + truths);
  }
  return most;
}
