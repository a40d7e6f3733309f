import type { MatchTable } from '../../matches/match-table.ts';
import { Pace } from '../../turn.ts';
import { BoxTree } from './box-tree.ts';
import { Coverage } from './coverage.ts';

/** A point of the curve: all segments of at least that score. */
export interface SegmentPoint {
  readonly recall: number;
  readonly precision: number;
  readonly score: number;
}

/** Predicted segments beside the ground truth's. */
export interface SegmentScore {
  /** Segment AP, the score of the matching track. */
  readonly averagePrecision: number;
  /** The points at which recall rises, highest score first. */
  readonly curve: readonly SegmentPoint[];
}

/** The two axes: time in the query, and in the reference. */
const axes = ['query', 'reference'] as const;

/** What is summed over all pairs, in seconds on each axis. */
interface Sums {
  /** Of the ground truth. */
  readonly truth: [number, number];
  /** Of the predictions so far, and of those what is right. */
  readonly predicted: [number, number];
  readonly shared: [number, number];
}

/**
 * The segment AP of VSC2022. A ground-truth segment is active once a prediction of its pair shares an
 * area with it. On each axis, over all pairs: L is the length of the ground truth, T that of the
 * predictions so far, and I that of what predictions and active segments share, where overlapping
 * segments of a pair count once. After each group of equal scores
 *
 *     R = √(I_q/L_q · I_r/L_r),  P = √(I_q/T_q · I_r/T_r),  AP += P · (R − R before).
 *
 * Segments that don't end after they begin have no length and activate nothing. 0 where the ground
 * truth has no length. The reference merges all intervals of a pair anew for each prediction; here each
 * piece of a video is counted once, in O(n log n) for all but contrived sets.
 *
 * @throws the signal's reason
 * @see https://arxiv.org/abs/2306.09489, 3.3
 */
export async function segmentScore(
  predictions: MatchTable,
  truth: MatchTable,
  signal?: AbortSignal,
): Promise<SegmentScore> {
  const pace = new Pace(signal);
  const pairs = new Pairs(predictions, truth);
  const sums: Sums = { truth: [0, 0], predicted: [0, 0], shared: [0, 0] };
  for (const pair of pairs.withTruth()) {
    if (pace.isDue) await pace.turn();
    const [query, reference] = pair.truthLengths();
    sums.truth[0] += query;
    sums.truth[1] += reference;
  }
  const order = Uint32Array.from({ length: predictions.length }, (_, row) => row).sort(
    (a, b) => (predictions.score[b] as number) - (predictions.score[a] as number) || a - b,
  );
  const curve: SegmentPoint[] = [];
  let [averagePrecision, before] = [0, 0];
  for (let at = 0; at < order.length; ) {
    const score = predictions.score[order[at] as number] as number;
    do {
      if (pace.isDue) await pace.turn();
      const row = order[at] as number;
      pairs.of(row).add(row, sums);
      at += 1;
    } while (at < order.length && predictions.score[order[at] as number] === score);
    const recall = geometricMean(sums.shared, sums.truth);
    if (recall <= before) continue;
    const precision = geometricMean(sums.shared, sums.predicted);
    averagePrecision += precision * (recall - before);
    curve.push({ recall, precision, score });
    before = recall;
  }
  return { averagePrecision, curve };
}

/** The geometric mean of two shares; 0 where there is nothing to share. */
function geometricMean(
  parts: readonly [number, number],
  wholes: readonly [number, number],
): number {
  if (wholes[0] === 0 || wholes[1] === 0) return 0;
  return Math.sqrt(Math.max(0, (parts[0] / wholes[0]) * (parts[1] / wholes[1])));
}

const PREDICTED = 0;
const ACTIVE = 1;

/** Both tables, pair by pair. */
class Pairs {
  readonly #pairs = new Map<number, Pair>();
  readonly #byRow: readonly Pair[];
  readonly #withTruth: readonly Pair[];

  constructor(predictions: MatchTable, truth: MatchTable) {
    const references = new Map(truth.references);
    for (const id of predictions.references.keys()) {
      if (!references.has(id)) references.set(id, references.size);
    }
    const queries = new Map(truth.queries);
    for (const id of predictions.queries.keys()) {
      if (!queries.has(id)) queries.set(id, queries.size);
    }
    const pairsOf = (table: MatchTable, rowsOf: (pair: Pair) => number[]): Pair[] => {
      const places = (ids: ReadonlyMap<string, number>, all: ReadonlyMap<string, number>) => {
        const found = new Uint32Array(ids.size);
        for (const [id, place] of ids) found[place] = all.get(id) as number;
        return found;
      };
      const [query, reference] = [
        places(table.queries, queries),
        places(table.references, references),
      ];
      return Array.from({ length: table.length }, (_, row) => {
        const code =
          (query[table.query[row] as number] as number) * references.size +
          (reference[table.reference[row] as number] as number);
        const pair = this.#pairs.get(code) ?? new Pair(predictions, truth);
        this.#pairs.set(code, pair);
        rowsOf(pair).push(row);
        return pair;
      });
    };
    this.#withTruth = [...new Set(pairsOf(truth, (pair) => pair.truthRows))];
    this.#byRow = pairsOf(predictions, (pair) => pair.rows);
  }

  /** The pair of a row of the predictions. */
  of(row: number): Pair {
    return this.#byRow[row] as Pair;
  }

  withTruth(): readonly Pair[] {
    return this.#withTruth;
  }
}

/** The segments of a query and a reference. */
class Pair {
  /** Its rows of the predictions, and of the ground truth. */
  readonly rows: number[] = [];
  readonly truthRows: number[] = [];
  readonly #predictions: MatchTable;
  readonly #truth: MatchTable;
  #begun: { readonly inactive: BoxTree; readonly covered: readonly Coverage[] } | undefined;

  constructor(predictions: MatchTable, truth: MatchTable) {
    this.#predictions = predictions;
    this.#truth = truth;
  }

  /** What the ground truth covers of the query and of the reference. */
  truthLengths(): readonly [number, number] {
    const [query, reference] = axes.map((axis) => {
      const covered = new Coverage(endsOf(this.#truth, this.truthRows, axis));
      let length = 0;
      for (const row of this.truthRows)
        length += covered.add(ACTIVE, ...span(this.#truth, row, axis)).added;
      return length;
    });
    return [query as number, reference as number];
  }

  /** Adds a prediction, and the ground-truth segments that it activates. */
  add(row: number, sums: Sums): void {
    this.#begun ??= {
      inactive: new BoxTree(this.#truth, this.truthRows),
      covered: axes.map((axis) => {
        const predicted = endsOf(this.#predictions, this.rows, axis);
        const truth = endsOf(this.#truth, this.truthRows, axis);
        const all = new Float64Array(predicted.length + truth.length);
        all.set(predicted);
        all.set(truth, predicted.length);
        return new Coverage(all);
      }),
    };
    const { inactive, covered } = this.#begun;
    const active = inactive.takeOverlapping(this.#predictions, row);
    for (const [at, axis] of axes.entries()) {
      const line = covered[at] as Coverage;
      const { added, shared } = line.add(PREDICTED, ...span(this.#predictions, row, axis));
      sums.predicted[at as 0 | 1] += added;
      sums.shared[at as 0 | 1] += shared;
      for (const other of active) {
        sums.shared[at as 0 | 1] += line.add(ACTIVE, ...span(this.#truth, other, axis)).shared;
      }
    }
  }
}

/** From where to where a segment goes; nowhere if it ends before it begins. */
function span(table: MatchTable, row: number, axis: (typeof axes)[number]): [number, number] {
  const start = table[`${axis}Start`][row] as number;
  return [start, Math.max(start, table[`${axis}End`][row] as number)];
}

function endsOf(table: MatchTable, rows: readonly number[], axis: (typeof axes)[number]) {
  const ends = new Float64Array(2 * rows.length);
  for (const [at, row] of rows.entries()) ends.set(span(table, row, axis), 2 * at);
  return ends;
}
