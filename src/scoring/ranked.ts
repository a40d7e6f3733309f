import type { GroundTruth } from '../dataset/ground-truth.ts';
import { Pace } from '../turn.ts';
import { averagePrecisionAt, descendingOrder, type Thresholds } from './average-precision.ts';
import { idsOf, type RankingTable } from './ranking-table.ts';
import type { QueryLoss, RankedPair, RankingScore } from './score.ts';
import { thinned } from './thinned.ts';

/** Rankings in order, each pair held against the ground truth. */
export interface Ranked {
  readonly table: RankingTable;
  /** Rows of the table from the highest score to the lowest; equal scores in the order of the file. */
  readonly order: Uint32Array;
  /** By row of the table: 1 for a true pair. */
  readonly isTrue: Uint8Array;
  readonly found: number;
  /** Ranks of the true pairs by query, rising; 1 is the best. Queries without one are not there. */
  readonly hitRanks: ReadonlyMap<string, readonly number[]>;
}

/** Less than this is what adding up doubles leaves. */
const ROUNDING = 1e-12;

/** Puts rankings in order and finds the true pairs among them. */
export function rank(table: RankingTable, truth: GroundTruth): Ranked {
  const order = descendingOrder(table.score);
  const isTrue = labels(table, truth);
  const queries = idsOf(table.queries);
  const hitRanks = new Map<string, number[]>();
  let found = 0;
  for (let place = 0; place < order.length; place += 1) {
    const row = order[place] as number;
    if (isTrue[row] === 0) continue;
    found += 1;
    const query = queries[table.query[row] as number] as string;
    const ranks = hitRanks.get(query) ?? [];
    hitRanks.set(query, ranks);
    ranks.push(place + 1);
  }
  return { table, order, isTrue, found, hitRanks };
}

/** By row: whether the ground truth has the pair. Compares places, not texts. */
function labels(table: RankingTable, truth: GroundTruth): Uint8Array {
  const wanted = new Array<ReadonlySet<number> | undefined>(table.queries.size);
  for (const [query, references] of truth.references) {
    const at = table.queries.get(query);
    if (at === undefined) continue;
    wanted[at] = new Set([...references].flatMap((id) => table.references.get(id) ?? []));
  }
  const isTrue = new Uint8Array(table.length);
  for (let row = 0; row < table.length; row += 1) {
    const places = wanted[table.query[row] as number];
    if (places?.has(table.reference[row] as number)) isTrue[row] = 1;
  }
  return isTrue;
}

/** The false pairs with the highest scores, highest first. */
export function topFalsePairs({ table, order, isTrue }: Ranked, most: number): RankedPair[] {
  const queries = idsOf(table.queries);
  const references = idsOf(table.references);
  const pairs: RankedPair[] = [];
  for (let place = 0; place < order.length && pairs.length < most; place += 1) {
    const row = order[place] as number;
    if (isTrue[row] === 1) continue;
    pairs.push({
      query: queries[table.query[row] as number] as string,
      reference: references[table.reference[row] as number] as string,
      score: table.score[row] as number,
      rank: place + 1,
    });
  }
  return pairs;
}

/**
 * The queries with the greatest loss, greatest first, at most `most` and none without loss.
 *
 * A query's loss is µAP′ − µAP, where µAP′ is that of the rankings after one change: all `t` true
 * pairs of this query, the ones that were never submitted too, stand before everything else. With `hₙ`
 * of its true pairs among the `Nₙ` pairs (`TPₙ` true ones) down to threshold n, and `T` true pairs in
 * the ground truth,
 *
 *     µAP′ = (1/T) · [ t + Σ (ΔTPₙ − Δhₙ) · (TPₙ − hₙ + t) / (Nₙ − hₙ + t) ].
 *
 * It counts what the query's true pairs lack themselves and what they keep the others from.
 *
 * @throws the signal's reason
 */
export async function worstQueries(
  ranked: Ranked,
  thresholds: Thresholds,
  truth: GroundTruth,
  most: number,
  signal: AbortSignal | undefined,
): Promise<readonly QueryLoss[]> {
  const now = averagePrecisionAt(thresholds, truth.pairs);
  const losses: QueryLoss[] = [];
  const pace = new Pace(signal);
  for (const [query, { size: truePairs }] of truth.references) {
    if (pace.isDue) await pace.turn();
    const ranks = ranked.hitRanks.get(query) ?? [];
    const loss = precisionWithFirst(ranks, truePairs, thresholds) / truth.pairs - now;
    losses.push({ query, truePairs, found: ranks.length, bestRank: ranks[0] ?? null, loss });
  }
  const names = idsOf(ranked.table.references);
  return losses
    .filter(({ loss }) => loss > ROUNDING)
    .sort((a, b) => b.loss - a.loss || (a.query < b.query ? -1 : 1))
    .slice(0, most)
    .map((query) => ({ ...query, reference: bestReference(query, ranked, names, truth) }));
}

/** The reference of a query's best true pair; where none was ranked, the first by name. */
function bestReference(
  { query, bestRank }: QueryLoss,
  { table, order }: Ranked,
  names: readonly string[],
  truth: GroundTruth,
): string {
  if (bestRank === null) return [...(truth.references.get(query) ?? [])].sort()[0] as string;
  const row = order[bestRank - 1] as number;
  return names[table.reference[row] as number] as string;
}

/** `T · µAP′`; `ranks` are those of the query's submitted true pairs, rising. */
function precisionWithFirst(
  ranks: readonly number[],
  first: number,
  { pairs, hits }: Thresholds,
): number {
  let sum = first;
  let [before, own] = [0, 0];
  for (let at = 0; at < hits.length; at += 1) {
    const among = pairs[at] as number;
    while (own < ranks.length && (ranks[own] as number) <= among) own += 1;
    const others = (hits[at] as number) - own;
    sum += (others - before) * ((others + first) / (among - own + first));
    before = others;
  }
  return sum;
}

/** Bins of the histogram. */
const BINS = 40;

/**
 * Precision and recall at the thresholds where true pairs come in, and last over all pairs; the area
 * below its steps is the micro-average precision. Recall is of all `truePairs`. Thinned evenly, with
 * the first and the last kept; empty where there are no pairs.
 */
export function curveOf(
  { pairs, hits }: Thresholds,
  allPairs: number,
  truePairs: number,
): RankingScore['curve'] {
  const all = [
    ...Array.from(hits, (found, at) => ({ found, among: pairs[at] as number })),
    ...(allPairs > (pairs.at(-1) ?? 0) ? [{ found: hits.at(-1) ?? 0, among: allPairs }] : []),
  ];
  const points = thinned(all);
  return {
    recall: points.map(({ found }) => share(found, truePairs)),
    precision: points.map(({ found, among }) => found / among),
  };
}

/** The highest recall at a threshold where precision is at least `precision`; 0 where it never is. */
export function recallAtPrecision(
  { pairs, hits }: Thresholds,
  truePairs: number,
  precision: number,
): number {
  const at = hits.findLastIndex((found, index) => found / (pairs[index] as number) >= precision);
  return at === -1 ? 0 : share(hits[at] as number, truePairs);
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

/**
 * How the scores of true and of false pairs are spread: bins of equal width from the lowest score to
 * the highest, which belongs to the last bin. A single value gets one bin around it; no pairs, none.
 */
export function histogramOf(scores: Float64Array, isTrue: Uint8Array): RankingScore['histogram'] {
  if (scores.length === 0) return { edges: [], truePairs: [], falsePairs: [] };
  const low = scores.reduce((a, b) => Math.min(a, b));
  const high = scores.reduce((a, b) => Math.max(a, b));
  const edges =
    low === high
      ? around(low)
      : Array.from({ length: BINS + 1 }, (_, at) => low * (1 - at / BINS) + high * (at / BINS));
  const truePairs = new Array<number>(edges.length - 1).fill(0);
  const falsePairs = [...truePairs];
  // Halved, since the difference of two doubles can be too large for one.
  const width = high / 2 - low / 2;
  scores.forEach((score, row) => {
    const place = width === 0 ? 0 : Math.floor(((score / 2 - low / 2) / width) * BINS);
    const bin = Math.min(place, edges.length - 2);
    const column = isTrue[row] === 1 ? truePairs : falsePairs;
    column[bin] = (column[bin] as number) + 1;
  });
  return { edges, truePairs, falsePairs };
}

function around(score: number): number[] {
  const reach = Math.max(0.5, Math.abs(score) * 1e-3);
  return [score - reach, score + reach].map((edge) =>
    Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, edge)),
  );
}
