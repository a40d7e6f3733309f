import type { MatchTable } from '../matches/match-table.ts';
import { Pace } from '../turn.ts';
import { judgeMatches, scoreRounding, staysInPlace } from './match-verdict.ts';
import type { MatchReproduction, MeasuredMatches, QueryAgreement } from './reproduction.ts';
import { sameOrder } from './score-order.ts';
import { pairSegments } from './segment-pairs.ts';
import {
  boxOverlap,
  NONE,
  type Places,
  rowsWhere,
  type Segments,
  segmentsOf,
  timeDifference,
} from './segments.ts';

/** How many of the worst queries are told. */
const ROWS = 10;

/**
 * Whether `main.py` makes the submitted matches of the subset's queries: their segments are paired by
 * where they lie, then times and scores are compared.
 *
 * Only the order of scores counts for segment AP, and of each file alone: the full and the subset's
 * matches are never ranked together. So where scores differ by more than rounding, what is told is
 * whether their order is the same; a monotone change of all of them changes no score of the submission.
 *
 * @param full submitted matches, of any queries
 * @param subset matches that `main.py` made
 * @param queries ids of the subset
 * @throws the signal's reason
 */
export async function compareMatches(
  full: MatchTable,
  subset: MatchTable,
  queries: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<MatchReproduction> {
  const pace = new Pace(signal);
  const places = commonPlaces([full, subset], queries);
  const submitted = await segmentsOf(full, places, pace);
  const made = await segmentsOf(subset, places, pace);
  const { counterparts, crowded } = await pairSegments(submitted, made, pace);
  const measures = new Measures(
    submitted,
    made,
    [...places.queries.keys()],
    typicalScore(submitted),
  );
  for (const row of submitted.query.keys()) {
    if (pace.isDue) await pace.turn();
    measures.addSubmitted(row, counterparts[row] as number);
  }
  for (const row of made.query.keys()) {
    if (pace.isDue) await pace.turn();
    measures.addMade(row);
  }
  const order = await sameOrder(...pairedScores(submitted, made, counterparts), pace);
  return judgeMatches({ ...measures.result(), crowded, sameOrder: order });
}

/** Places for the ids of both tables, of queries only those asked for. */
function commonPlaces(tables: readonly MatchTable[], wanted: ReadonlySet<string>): Places {
  const [queries, references] = [new Map<string, number>(), new Map<string, number>()];
  for (const table of tables) {
    for (const id of table.queries.keys()) {
      if (wanted.has(id) && !queries.has(id)) queries.set(id, queries.size);
    }
    for (const id of table.references.keys()) {
      if (!references.has(id)) references.set(id, references.size);
    }
  }
  return { queries, references };
}

/** The size of an ordinary score: the median of what `segments` have; 0 for none. */
function typicalScore({ score }: Segments): number {
  return score.map(Math.abs).sort()[score.length >> 1] ?? 0;
}

/** The scores of the paired segments, of both sides in the same order. */
function pairedScores(submitted: Segments, made: Segments, counterparts: Int32Array) {
  const rows = rowsWhere(counterparts.length, (row) => counterparts[row] !== NONE);
  return [
    Float64Array.from(rows, (row) => submitted.score[row] as number),
    Float64Array.from(rows, (row) => made.score[counterparts[row] as number] as number),
  ] as const;
}

/** What is counted for a query, and for all of them. */
class Tally {
  submitted = 0;
  made = 0;
  paired = 0;
  /** Of the paired: those whose times, and those whose scores, are others than rounding allows. */
  moved = 0;
  rescored = 0;
  overlaps = 0;
  leastOverlap = 1;
  maxTimeDifference = 0;
  maxScoreDifference = 0;

  get most(): number {
    return Math.max(this.submitted, this.made);
  }

  get agrees(): boolean {
    return this.paired === this.most && this.moved === 0 && this.rescored === 0;
  }
}

/** What is measured of two sets, segment by segment. */
class Measures {
  readonly #submitted: Segments;
  readonly #made: Segments;
  readonly #ids: readonly string[];
  readonly #typicalScore: number;
  readonly #queries: readonly Tally[];
  readonly #all = new Tally();

  constructor(submitted: Segments, made: Segments, ids: readonly string[], typicalScore: number) {
    this.#submitted = submitted;
    this.#made = made;
    this.#ids = ids;
    this.#typicalScore = typicalScore;
    this.#queries = ids.map(() => new Tally());
  }

  addMade(row: number): void {
    for (const tally of this.#of(this.#made, row)) tally.made += 1;
  }

  addSubmitted(row: number, counterpart: number): void {
    const both = [this.#submitted, row, this.#made, counterpart] as const;
    const tallies = this.#of(this.#submitted, row);
    for (const tally of tallies) tally.submitted += 1;
    if (counterpart === NONE) return;
    const [overlap, seconds] = [boxOverlap(...both), timeDifference(...both)];
    const [one, other] = [this.#submitted.score[row], this.#made.score[counterpart]] as [
      number,
      number,
    ];
    const apart = Math.min(Number.MAX_VALUE, Math.abs(one - other));
    const isRounded = apart <= scoreRounding(one, other, this.#typicalScore);
    for (const tally of tallies) {
      tally.paired += 1;
      if (!staysInPlace(overlap, seconds)) tally.moved += 1;
      if (!isRounded) tally.rescored += 1;
      tally.overlaps += overlap;
      tally.leastOverlap = Math.min(tally.leastOverlap, overlap);
      tally.maxTimeDifference = Math.max(tally.maxTimeDifference, seconds);
      tally.maxScoreDifference = Math.max(tally.maxScoreDifference, apart);
    }
  }

  result(): Omit<MeasuredMatches, 'crowded' | 'sameOrder'> {
    const { submitted, made, paired, moved, rescored, ...all } = this.#all;
    const have = (where: (tally: Tally) => boolean) => this.#queries.filter(where).length;
    return {
      queries: {
        both: have((query) => query.submitted > 0 && query.made > 0),
        onlySubmitted: have((query) => query.submitted > 0 && query.made === 0),
        onlyMade: have((query) => query.submitted === 0 && query.made > 0),
      },
      segments: { submitted, made, paired, moved, rescored },
      overlap: paired === 0 ? null : { mean: all.overlaps / paired, min: all.leastOverlap },
      maxTimeDifference: paired === 0 ? null : all.maxTimeDifference,
      maxScoreDifference: paired === 0 ? null : all.maxScoreDifference,
      worstQueries: this.#worst(),
    };
  }

  #of({ query }: Segments, row: number): readonly [Tally, Tally] {
    return [this.#all, this.#queries[query[row] as number] as Tally];
  }

  #worst(): readonly QueryAgreement[] {
    const differing = this.#queries.flatMap((tally, place) => {
      if (tally.agrees) return [];
      const { submitted, made, paired, overlaps, most } = tally;
      return {
        query: this.#ids[place] as string,
        submitted,
        made,
        paired,
        meanOverlap: paired === 0 ? null : overlaps / paired,
        maxScoreDifference: paired === 0 ? null : tally.maxScoreDifference,
        agreement: overlaps / most,
      };
    });
    return differing
      .sort(
        (a, b) =>
          a.agreement - b.agreement ||
          b.submitted + b.made - (a.submitted + a.made) ||
          (b.maxScoreDifference ?? 0) - (a.maxScoreDifference ?? 0) ||
          (a.query < b.query ? -1 : 1),
      )
      .slice(0, ROWS);
  }
}
