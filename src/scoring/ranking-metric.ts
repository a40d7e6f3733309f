import { type GroundTruth, readGroundTruth } from '../dataset/ground-truth.ts';
import { turn } from '../turn.ts';
import { averagePrecisionAt, thresholdsOf } from './average-precision.ts';
import type { Metric } from './metric.ts';
import {
  curveOf,
  histogramOf,
  rank,
  recallAtPrecision,
  topFalsePairs,
  worstQueries,
} from './ranked.ts';
import type { RankingTable } from './ranking-table.ts';
import { RankingsReader, readRankingsFile } from './rankings.ts';
import type { RankingScore } from './score.ts';

/** The metric of the descriptor track: micro-average precision of ranked video pairs. */
export const rankingMetric: Metric<RankingTable, GroundTruth, RankingScore> = {
  files: { full: 'full_rankings.csv', subset: 'subset_rankings.csv' },
  reader: (name, fail) => new RankingsReader({ name, strict: true, fail }),
  readFile: (path, fail) => readRankingsFile(path, { name: path, strict: false, fail }),
  readTruth: readGroundTruth,
  score: scoreRankings,
};

/** How many of the worst queries and of the top false pairs are told. */
const MOST = 20;

/** Everything that rankings are worth beside the ground truth. Throws the signal's reason. */
export async function scoreRankings(
  table: RankingTable,
  truth: GroundTruth,
  signal?: AbortSignal,
): Promise<RankingScore> {
  await turn(signal);
  const ranked = rank(table, truth);
  await turn(signal);
  const thresholds = thresholdsOf(table.score, ranked.isTrue, ranked.order);
  await turn(signal);
  return {
    microAveragePrecision: averagePrecisionAt(thresholds, truth.pairs),
    pairs: table.length,
    truePairs: truth.pairs,
    found: ranked.found,
    recallAtPrecision90: recallAtPrecision(thresholds, truth.pairs, 0.9),
    curve: curveOf(thresholds, table.length, truth.pairs),
    histogram: histogramOf(table.score, ranked.isTrue),
    worstQueries: await worstQueries(ranked, thresholds, truth, MOST, signal),
    topFalsePairs: topFalsePairs(ranked, MOST),
  };
}
