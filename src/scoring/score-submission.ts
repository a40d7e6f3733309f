import type { TruthFiles } from '../dataset/layout.ts';
import { readQuerySubset } from '../dataset/metadata.ts';
import { EnvironmentError, UsageError } from '../errors.ts';
import { lookForFile } from '../places.ts';
import type { Metric, Scores } from './metric.ts';
import { readResults } from './result-archive.ts';

/**
 * The score of a run's result archive, or undefined where the dataset has no ground truth. The subset
 * is scored only where it has a ground truth of its own.
 *
 * @throws SubmissionFailed for an archive that is malformed, EnvironmentError for one that is missing
 * and for a malformed ground truth
 */
export async function scoreSubmission<Table, Truth, Score>(
  metric: Metric<Table, Truth, Score>,
  archive: string,
  truth: TruthFiles,
  signal?: AbortSignal,
): Promise<Scores<Score> | undefined> {
  if (!(await lookForFile(truth.full))) return undefined;
  const results = await readResults(archive, metric, signal);
  const full = await metric.score(results.full, await metric.readTruth(truth.full), signal);
  if (!(await lookForFile(truth.subset))) return { full };
  const subsetTruth = await metric.readTruth(truth.subset);
  return { full, subset: await metric.score(results.subset, subsetTruth, signal) };
}

/**
 * The score of a result archive against a ground truth that the user names. The subset's is what of
 * it belongs to the queries of `querySubset`, where that is there.
 *
 * @throws SubmissionFailed, EnvironmentError; UsageError where a file the user named can't be read
 */
export async function scoreAgainst<Table, Truth, Score>(
  metric: Metric<Table, Truth, Score>,
  archive: string,
  groundTruth: string,
  querySubset: string,
  signal?: AbortSignal,
): Promise<Scores<Score>> {
  const truth = await namedTruth(metric, groundTruth);
  const results = await readResults(archive, metric, signal);
  const full = await metric.score(results.full, truth, signal);
  if (!(await lookForFile(querySubset))) return { full };
  const subset = new Set(await readQuerySubset(querySubset));
  const subsetTruth = await metric.readTruth(groundTruth, (query) => subset.has(query));
  return { full, subset: await metric.score(results.subset, subsetTruth, signal) };
}

/**
 * The score of the results in any CSV, in any order.
 * @throws UsageError where one of the files can't be read as what it should be
 */
export async function scoreFile<Table, Truth, Score>(
  metric: Metric<Table, Truth, Score>,
  results: string,
  groundTruth: string,
  signal?: AbortSignal,
): Promise<Score> {
  const truth = await namedTruth(metric, groundTruth);
  const fail = (message: string) => new UsageError(message);
  const table = await readNamed(results, () => metric.readFile(results, fail));
  return metric.score(table, truth, signal);
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

function namedTruth<Truth>(
  { readTruth }: Pick<Metric<unknown, Truth, unknown>, 'readTruth'>,
  path: string,
): Promise<Truth> {
  return readNamed(path, () => readTruth(path));
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
