import { type GroundTruth, readGroundTruth } from '../dataset/ground-truth.ts';
import type { DataFolder } from '../dataset/layout.ts';
import { readQuerySubset } from '../dataset/metadata.ts';
import { EnvironmentError, UsageError } from '../errors.ts';
import { lookForFile } from '../places.ts';
import type { Track } from '../tracks/descriptor.ts';
import { turn } from '../turn.ts';
import { averagePrecisionAt, thresholdsOf } from './average-precision.ts';
import {
  curveOf,
  histogramOf,
  rank,
  recallAtPrecision,
  topFalsePairs,
  worstQueries,
} from './ranked.ts';
import { type RankingTable, readRankingsFile } from './rankings.ts';
import { readResultRankings } from './result-archive.ts';
import type { RankingScore, SubmissionScore } from './score.ts';

/**
 * The score of a run's result archive, or undefined where the dataset has no ground truth. The subset
 * is scored only where it has a ground truth of its own.
 *
 * @throws SubmissionFailed for an archive that is malformed, EnvironmentError for one that is missing
 * and for a malformed ground truth
 */
export async function scoreSubmission(
  archive: string,
  data: Pick<DataFolder, 'groundTruth' | 'subsetGroundTruth'>,
  track: Track,
  signal?: AbortSignal,
): Promise<SubmissionScore | undefined> {
  if (!(await lookForFile(data.groundTruth))) return undefined;
  const rankings = await readResultRankings(archive, track, signal);
  const full = await scoreRankings(rankings.full, await readGroundTruth(data.groundTruth), signal);
  if (!(await lookForFile(data.subsetGroundTruth))) return { full };
  const subsetTruth = await readGroundTruth(data.subsetGroundTruth);
  return { full, subset: await scoreRankings(rankings.subset, subsetTruth, signal) };
}

/**
 * The score of a result archive against a ground truth that the user names. The subset's is what of
 * it belongs to the queries of `query_subset.csv`, where that is there.
 *
 * @throws SubmissionFailed, EnvironmentError; UsageError where a file the user named can't be read
 */
export async function scoreAgainst(
  archive: string,
  groundTruth: string,
  data: Pick<DataFolder, 'querySubset'>,
  track: Track,
  signal?: AbortSignal,
): Promise<SubmissionScore> {
  const truth = await namedGroundTruth(groundTruth);
  const rankings = await readResultRankings(archive, track, signal);
  const full = await scoreRankings(rankings.full, truth, signal);
  if (!(await lookForFile(data.querySubset))) return { full };
  const subset = new Set(await readQuerySubset(data.querySubset));
  const subsetTruth = await readGroundTruth(groundTruth, (query) => subset.has(query));
  return { full, subset: await scoreRankings(rankings.subset, subsetTruth, signal) };
}

/**
 * The score of the rankings in any CSV, in any order.
 * @throws UsageError where one of the files can't be read as what it should be
 */
export async function scoreFile(
  rankings: string,
  groundTruth: string,
  signal?: AbortSignal,
): Promise<RankingScore> {
  const truth = await namedGroundTruth(groundTruth);
  return scoreRankings(await namedRankings(rankings), truth, signal);
}

/** Where there is no ground truth: what to do about it. */
export function noGroundTruth(path: string, dataset: string, command: string): EnvironmentError {
  const why =
    dataset === 'train'
      ? `Run "${command}" to make it.`
      : `The data that are given out for ${dataset} have none.`;
  return new EnvironmentError(`There is no ground truth to score against: ${path} is missing.`, [
    why,
    'With a ground truth from elsewhere: vsc score --ground-truth FILE',
  ]);
}

async function namedRankings(path: string): Promise<RankingTable> {
  const fail = (message: string) => new UsageError(message);
  return readNamed(path, () => readRankingsFile(path, { name: path, strict: false, fail }));
}

async function namedGroundTruth(path: string): Promise<GroundTruth> {
  return readNamed(path, () => readGroundTruth(path));
}

/** What is wrong with a file that the user named is wrong usage. */
async function readNamed<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    if (!(await lookForFile(path))) throw new UsageError(`There is no file ${path}.`);
    return await read();
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    throw new UsageError(error.message, error.next, { cause: error });
  }
}

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
