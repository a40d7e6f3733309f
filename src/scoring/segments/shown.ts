import type { MatchTable } from '../../matches/match-table.ts';
import { Pace } from '../../turn.ts';
import type { PairLoss, RankedSegment, ScoredSegment, SegmentTimes } from '../score.ts';
import { BoxTree } from './box-tree.ts';
import type { RankedSegments } from './contributions.ts';
import type { PairedSegments } from './pairs.ts';

/** How many segments of a pair are listed. */
const MOST_SEGMENTS = 50;

/**
 * The segments with the highest scores that share no area with a true one, by their ranks from 0.
 * @throws the signal's reason
 */
export async function falseSegments(
  { predictions, truth, order, pairs }: RankedSegments,
  most: number,
  signal?: AbortSignal,
): Promise<readonly number[]> {
  const pace = new Pace(signal);
  const trees = new Map<number, BoxTree>();
  const found: number[] = [];
  for (let rank = 0; rank < order.length && found.length < most; rank += 1) {
    if (pace.isDue) await pace.turn();
    const pair = pairs.pairOf[rank] as number;
    const tree = trees.get(pair) ?? new BoxTree(truth, truthRowsOf(pair, pairs));
    trees.set(pair, tree);
    if (!tree.overlaps(predictions, order[rank] as number)) found.push(rank);
  }
  return found;
}

/** Pairs and segments of two tables with their names. */
export class Shown {
  readonly #ranked: RankedSegments;
  readonly #predictions: Names;
  readonly #truth: Names;

  constructor(ranked: RankedSegments) {
    this.#ranked = ranked;
    this.#predictions = namesOf(ranked.predictions);
    this.#truth = namesOf(ranked.truth);
  }

  /** A pair with its segments in both tables. */
  pair(pair: number): Omit<PairLoss, 'loss'> {
    const { predictions, truth, order, pairs } = this.#ranked;
    const truthRows = truthRowsOf(pair, pairs);
    const ranks = pairs.ranks.subarray(pairs.starts[pair], pairs.starts[pair + 1]);
    const [table, names, row] =
      truthRows.length > 0
        ? [truth, this.#truth, truthRows[0] as number]
        : [predictions, this.#predictions, order[ranks[0] as number] as number];
    return {
      ...pairOf(table, names, row),
      trueSegments: truthRows.length,
      segments: ranks.length,
      truth: Array.from(truthRows.subarray(0, MOST_SEGMENTS), (at) => timesOf(truth, at)),
      predicted: Array.from(ranks.subarray(0, MOST_SEGMENTS), (rank) => this.#scored(rank)),
    };
  }

  /** A predicted segment by its rank from 0. */
  ranked(rank: number): RankedSegment {
    const { predictions, order } = this.#ranked;
    const names = pairOf(predictions, this.#predictions, order[rank] as number);
    return { ...names, ...this.#scored(rank), rank: rank + 1 };
  }

  #scored(rank: number): ScoredSegment {
    const { predictions, order } = this.#ranked;
    const row = order[rank] as number;
    return { ...timesOf(predictions, row), score: predictions.score[row] as number };
  }
}

function truthRowsOf(pair: number, { truthRows, truthStarts }: PairedSegments): Uint32Array {
  return truthRows.subarray(truthStarts[pair], truthStarts[pair + 1]);
}

/** Ids by place. */
interface Names {
  readonly queries: readonly string[];
  readonly references: readonly string[];
}

function namesOf({ queries, references }: MatchTable): Names {
  const byPlace = (places: ReadonlyMap<string, number>) => {
    const names = new Array<string>(places.size);
    for (const [id, place] of places) names[place] = id;
    return names;
  };
  return { queries: byPlace(queries), references: byPlace(references) };
}

function pairOf(table: MatchTable, { queries, references }: Names, row: number) {
  return {
    query: queries[table.query[row] as number] as string,
    reference: references[table.reference[row] as number] as string,
  };
}

function timesOf(table: MatchTable, row: number): SegmentTimes {
  return {
    queryStart: table.queryStart[row] as number,
    queryEnd: table.queryEnd[row] as number,
    referenceStart: table.referenceStart[row] as number,
    referenceEnd: table.referenceEnd[row] as number,
  };
}
