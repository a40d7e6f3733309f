import type { GroundTruth } from '../dataset/ground-truth.ts';
import { averagePrecisionAt, type Thresholds } from './average-precision.ts';
import type { Ranked } from './ranked.ts';
import type { QueryLoss } from './score.ts';

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
  const losses: QueryLoss[] = [];
  for (const [query, references] of truth.references) {
    const ranks = ranked.hitRanks.get(query) ?? [];
    const better = precisionWithFirst(ranks, references.size, thresholds) / truth.pairs;
    losses.push({
      query,
      truePairs: references.size,
      found: ranks.length,
      bestRank: ranks[0] ?? null,
      loss: better - now,
    });
  }
  return losses
    .filter(({ loss }) => loss > ROUNDING)
    .sort((a, b) => b.loss - a.loss || (a.query < b.query ? -1 : 1))
    .slice(0, most);
}

/** Less than this is what adding up doubles leaves. */
const ROUNDING = 1e-12;

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
