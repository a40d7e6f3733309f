import { realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { EnvironmentError } from '../errors.ts';
import { isFile, isFolder } from '../files.ts';
import type { Project } from '../project.ts';
import {
  type DataFolder,
  dataFolder,
  linkTarget,
  presentVideos,
  subsetCommand,
  videoFile,
} from './layout.ts';
import { readQuerySubset } from './metadata.ts';

/** `data/<dataset>` complete and ready to be mounted. */
export interface PreparedData {
  readonly dataset: string;
  /** The paths. Those of the ground truth are there only if the next two say so. */
  readonly files: DataFolder;
  readonly hasGroundTruth: boolean;
  readonly hasSubsetGroundTruth: boolean;
  /** The ids of `query_subset.csv`, in file order. */
  readonly subset: readonly string[];
  /** Those of them without a video: code that decodes videos will fail, other code need not. */
  readonly absent: readonly string[];
}

/**
 * Makes sure of what a run in the container needs: both metadata and `query_subset.csv`, none of
 * them, nor a video, a symlink that leads out of the folder, for `/data` would not have its target.
 * (`data/<dataset>` itself may be a symlink.)
 *
 * @throws EnvironmentError with all that is missing and the `vsc data-subset` to type; also for a
 * malformed `query_subset.csv`
 */
export async function requireData(project: Project, dataset: string): Promise<PreparedData> {
  const files = dataFolder(join(project.data, dataset));
  const next = await remedies(project, dataset);
  if (!(await isFolder(files.folder))) {
    const target = await linkTarget(files.folder);
    const why = target === undefined ? '' : ` (a symlink to ${target}, which is not there)`;
    throw new EnvironmentError(`No data to run on: ${files.folder} is missing${why}.`, next);
  }
  const needed = [files.queryMetadata, files.referenceMetadata, files.querySubset];
  const missing: string[] = [];
  for (const file of needed) if (!(await isFile(file))) missing.push(file);
  if (missing.length > 0) {
    const what = `The data in ${files.folder} are not complete. Missing:`;
    throw new EnvironmentError(`${what}\n${firstLines(missing)}`, next);
  }
  const hasVideos = await isFolder(files.queries);
  await refuseWayOut(files.folder, hasVideos ? [...needed, files.queries] : needed, next);
  const subset = await readQuerySubset(files.querySubset);
  const present = new Set(hasVideos ? await presentVideos(files.queries, subset) : []);
  const videos = [...present].map((id) => join(files.queries, videoFile(id)));
  await refuseWayOut(files.folder, videos, next);
  return {
    dataset,
    files,
    hasGroundTruth: await isFile(files.groundTruth),
    hasSubsetGroundTruth: await isFile(files.subsetGroundTruth),
    subset,
    absent: subset.filter((id) => !present.has(id)),
  };
}

async function remedies(project: Project, dataset: string): Promise<string[]> {
  const source = join(project.competitionData, dataset);
  const run = `Run "${subsetCommand(dataset)}" to make it.`;
  if (await isFolder(source)) return [run];
  return [run, `For that, put the competition data into ${source} first (a symlink will do).`];
}

async function refuseWayOut(
  folder: string,
  paths: readonly string[],
  next: readonly string[],
): Promise<void> {
  const home = (await realpath(folder)) + sep;
  const out: string[] = [];
  for (const path of paths) {
    const isLink = (await linkTarget(path)) !== undefined;
    if (isLink && !(await realpath(path)).startsWith(home)) out.push(path);
  }
  if (out.length === 0) return;
  const what = `These are symlinks that lead out of ${folder}, so the container can't follow them:`;
  throw new EnvironmentError(`${what}\n${firstLines(out)}`, next);
}

/** The first five, a line each. */
function firstLines(items: readonly string[]): string {
  const rest = items.length > 5 ? [`and ${items.length - 5} more`] : [];
  return [...items.slice(0, 5), ...rest].map((item) => `  ${item}`).join('\n');
}
