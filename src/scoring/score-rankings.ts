import type { GroundTruth } from '../dataset/ground-truth.ts';
import { averagePrecisionAt, thresholdsOf } from './average-precision.ts';
import { curveOf, recallAtPrecision } from './curve.ts';
import { histogramOf } from './histogram.ts';
import { rank, topFalsePairs } from './ranked.ts';
import type { RankingTable } from './ranking-table.ts';
import type { RankingScore } from './score.ts';
import { worstQueries } from './worst-queries.ts';

/** How many of the worst queries and of the top false pairs are told. */
const MOST = 20;

/** Everything that rankings are worth beside the ground truth. */
export function scoreRankings(table: RankingTable, truth: GroundTruth): RankingScore {
  const ranked = rank(table, truth);
  const thresholds = thresholdsOf(table.score, ranked.isTrue, ranked.order);
  return {
    microAveragePrecision: averagePrecisionAt(thresholds, truth.pairs),
    pairs: table.length,
    truePairs: truth.pairs,
    found: ranked.found,
    recallAtPrecision90: recallAtPrecision(thresholds, truth.pairs, 0.9),
    curve: curveOf(thresholds, table.length, truth.pairs),
    histogram: histogramOf(table.score, ranked.isTrue),
    worstQueries: worstQueries(ranked, thresholds, truth, MOST),
    topFalsePairs: topFalsePairs(ranked, MOST),
  };
}
