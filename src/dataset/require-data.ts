import { join } from 'node:path';
import { EnvironmentError } from '../errors.ts';
import { isFolder } from '../files.ts';
import { lookForFile, lookForFolder } from '../places.ts';
import { firstLines } from '../progress/format.ts';
import { dataOf, type Project } from '../project.ts';
import { requireContained } from './contained.ts';
import { type DataFolder, dataFolder, linkTarget, presentVideos, subsetCommand } from './layout.ts';
import { readQuerySubset } from './metadata.ts';

/** `data/<dataset>` complete and ready to be mounted. */
export interface PreparedData {
  readonly dataset: string;
  readonly files: DataFolder;
  /** The ids of `query_subset.csv`, in file order. */
  readonly subset: readonly string[];
  /** Those of them without a video: code that decodes videos will fail, other code need not. */
  readonly absent: readonly string[];
}

/**
 * Makes sure of what a run in the container needs: both metadata and `query_subset.csv`, and nothing
 * in the folder that a container can't be given. (`data/<dataset>` itself may be a symlink.)
 *
 * @throws EnvironmentError with all that is missing or wrong and the `vsc data-subset` to type; also
 * for a malformed `query_subset.csv`
 */
export async function requireData(
  project: Project,
  dataset: string,
  signal?: AbortSignal,
): Promise<PreparedData> {
  const files = dataFolder(dataOf(project, dataset));
  const next = await dataRemedies(project, dataset);
  if (!(await lookForFolder(files.folder))) {
    const target = await linkTarget(files.folder);
    const why = target === undefined ? '' : ` (a symlink to ${target}, which is not there)`;
    throw new EnvironmentError(`No data to run on: ${files.folder} is missing${why}.`, next);
  }
  await requireContained(files.folder, next, signal);
  const needed = [files.queryMetadata, files.referenceMetadata, files.querySubset];
  const missing: string[] = [];
  for (const file of needed) if (!(await lookForFile(file))) missing.push(file);
  if (missing.length > 0) {
    const what = `The data in ${files.folder} are not complete. Missing:`;
    throw new EnvironmentError(`${what}\n${firstLines(missing)}`, next);
  }
  const subset = await readQuerySubset(files.querySubset);
  const hasVideos = await lookForFolder(files.queries);
  const present = new Set(hasVideos ? await presentVideos(files.queries, subset, signal) : []);
  return {
    dataset,
    files,
    subset,
    absent: subset.filter((id) => !present.has(id)),
  };
}

/** What to do about data that are not as they have to be. */
export async function dataRemedies(project: Project, dataset: string): Promise<string[]> {
  if (project.dataAt?.dataset === dataset) {
    return [
      `--data takes a folder in the form of data/${dataset}: query_metadata.csv, reference_metadata.csv, query_subset.csv and query/.`,
      `"${subsetCommand(dataset)}" makes data/${dataset}; without --data that one is taken.`,
    ];
  }
  const source = join(project.competitionData, dataset);
  const run = `Run "${subsetCommand(dataset)}" to make it.`;
  if (await isFolder(source)) return [run];
  return [run, `For that, put the competition data into ${source} first (a symlink will do).`];
}
