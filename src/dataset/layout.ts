import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvironmentError } from '../errors.ts';
import { cannot, eachOf, isFile } from '../files.ts';
import { lookForFile, lookForFolder } from '../places.ts';
import type { Project } from '../project.ts';
import { groundTruths, type TruthNames, truthNamesIn } from './truths.ts';

/** What the user downloaded: absolute paths of things that are there. */
export interface CompetitionData {
  /** `competition_data/<dataset>`, as the user wrote it; it may be a symlink. */
  readonly folder: string;
  readonly queryMetadata: string;
  readonly referenceMetadata: string;
  /** The folder of `Q…….mp4`. */
  readonly queries: string;
  /** The folder of `R…….mp4`; it need not be there. */
  readonly references: string;
  /** Those that are there, where the dataset has any. */
  readonly groundTruths: readonly FoundTruth[];
}

/** A ground truth that was downloaded. */
export interface FoundTruth {
  readonly names: TruthNames;
  readonly path: string;
}

/** What the container sees at `/data`: absolute paths; nothing needs to exist. */
export interface DataFolder {
  /** `data/<dataset>` */
  readonly folder: string;
  readonly queryMetadata: string;
  readonly referenceMetadata: string;
  readonly querySubset: string;
  readonly queries: string;
}

/** Where a ground truth and what of it is the subset's would be in `data/<dataset>`. */
export function truthIn(folder: string, { full, subset }: TruthNames): TruthFiles {
  return { full: join(folder, full), subset: join(folder, subset) };
}

/** A ground truth of a whole set and of its subset: absolute paths; neither needs to exist. */
export interface TruthFiles {
  readonly full: string;
  readonly subset: string;
}

/** Whether the organisers have given out the ground truth of a dataset. */
export function hasGroundTruth(dataset: string): boolean {
  return dataset === 'train';
}

/** What to do without the download of a dataset, where sample data can stand in for it. */
export function sampleRemedies(dataset: string): readonly string[] {
  return dataset === 'phase2' ? [] : ['vsc sample-data   makes a small one, for a first try'];
}

/** The file of a video inside a folder of queries or references. */
export function videoFile(id: string): string {
  return `${id}.mp4`;
}

/** The names inside `folder`, which has the shape of `data/<dataset>`. */
export function dataFolder(folder: string): DataFolder {
  return {
    folder,
    queryMetadata: join(folder, 'query_metadata.csv'),
    referenceMetadata: join(folder, 'reference_metadata.csv'),
    querySubset: join(folder, 'query_subset.csv'),
    queries: join(folder, 'query'),
  };
}

/** The command that makes `data/<dataset>`, to be typed as it is. */
export function subsetCommand(dataset: string): string {
  return dataset === 'train' ? 'vsc data-subset' : `DATASET=${dataset} vsc data-subset`;
}

/**
 * Finds the files of `competition_data/<dataset>`, each under its plain name or, as the real
 * downloads have it, with the dataset's name in front; the plain one first. Symlinks are all right.
 *
 * @param needed the ground truth that has to be there where the dataset has any; others may be
 * @throws EnvironmentError that lists all that is missing, says where it looked and what to put there
 */
export async function findCompetitionData(
  project: Project,
  dataset: string,
  needed: TruthNames,
): Promise<CompetitionData> {
  const folder = join(project.competitionData, dataset);
  await checkFolder(project, dataset, needed);
  const missing: string[] = [];
  const find = async (names: readonly string[]): Promise<string | undefined> => {
    for (const name of names) if (await lookForFile(join(folder, name))) return join(folder, name);
    return undefined;
  };
  const require = async (...names: string[]): Promise<string> => {
    const found = await find(names);
    if (found === undefined) missing.push(names.join(' or '));
    return found ?? '';
  };
  const metadata = ['query_metadata.csv', 'reference_metadata.csv'];
  const [queryMetadata = '', referenceMetadata = ''] = await Promise.all(
    metadata.map((name) => require(name, `${dataset}_${name}`)),
  );
  const truths: FoundTruth[] = [];
  for (const names of hasGroundTruth(dataset) ? groundTruths : []) {
    const called = truthNamesIn(names, dataset);
    const path = names === needed ? await require(...called) : await find(called);
    if (path) truths.push({ names, path });
  }
  const queries = join(folder, 'query');
  const references = join(folder, 'reference');
  if (!(await lookForFolder(queries))) missing.push('query/ (the folder of Q…….mp4)');
  if (missing.length > 0) {
    const lines = missing.map((name) => `\n  ${name}`).join('');
    throw new EnvironmentError(
      `The competition data of ${dataset} are not complete in ${folder}. Missing:${lines}`,
      [`Put these into ${folder} (symlinks are fine).`],
    );
  }
  const folders = { folder, queries, references };
  return { ...folders, queryMetadata, referenceMetadata, groundTruths: truths };
}

/** Where a symlink leads, in its own words; undefined for what is no symlink. */
export async function linkTarget(path: string): Promise<string | undefined> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isSymbolicLink() ? await readlink(path) : undefined;
}

async function checkFolder(project: Project, dataset: string, needed: TruthNames): Promise<void> {
  const folder = join(project.competitionData, dataset);
  if (await lookForFolder(folder)) return;
  const target = await linkTarget(folder);
  const why =
    target === undefined ? 'is not there' : `is a symlink to ${target}, which is not there`;
  const truth = hasGroundTruth(dataset) ? `, ${needed.full}` : '';
  const files = `query_metadata.csv, reference_metadata.csv${truth} (each also as ${dataset}_….csv)`;
  throw new EnvironmentError(`No competition data of ${dataset}: ${folder} ${why}.`, [
    `Put the download there, or a symlink to it: ${files} and query/.`,
    ...sampleRemedies(dataset),
    `Or fetch it from a list of URLs: vsc download ${dataset} --url-list FILE or URL`,
  ]);
}

/**
 * Those of `ids` whose video is a file (or a symlink to one) in `folder`, in the order of `ids`.
 *
 * @throws EnvironmentError if the folder can't be read; the signal's reason
 */
export async function presentVideos(
  folder: string,
  ids: Iterable<string>,
  signal?: AbortSignal,
): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw cannot(`list ${folder}`, error);
  });
  const there = new Set(entries.filter((entry) => entry.isFile()).map((entry) => entry.name));
  await eachOf(
    entries.filter((entry) => entry.isSymbolicLink()),
    async ({ name }) => {
      if (await isFile(join(folder, name))) there.add(name);
    },
    signal,
  );
  return [...ids].filter((id) => there.has(videoFile(id)));
}
