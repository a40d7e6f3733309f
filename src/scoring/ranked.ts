import type { GroundTruth } from '../dataset/ground-truth.ts';
import { averagePrecisionAt, descendingOrder, type Thresholds } from './average-precision.ts';
import { idsOf, type RankingTable } from './rankings.ts';
import type { QueryLoss, RankedPair } from './score.ts';

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
    const places = [...references].flatMap((id) => table.references.get(id) ?? []);
    if (places.length > 0) wanted[at] = new Set(places);
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
 */
export function worstQueries(
  ranked: Ranked,
  thresholds: Thresholds,
  truth: GroundTruth,
  most: number,
): readonly QueryLoss[] {
  const now = averagePrecisionAt(thresholds, truth.pairs);
  const losses = [...truth.references].map(([query, { size: truePairs }]): QueryLoss => {
    const ranks = ranked.hitRanks.get(query) ?? [];
    const loss = precisionWithFirst(ranks, truePairs, thresholds) / truth.pairs - now;
    return { query, truePairs, found: ranks.length, bestRank: ranks[0] ?? null, loss };
  });
  return losses
    .filter(({ loss }) => loss > ROUNDING)
    .sort((a, b) => b.loss - a.loss || (a.query < b.query ? -1 : 1))
    .slice(0, most);
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
