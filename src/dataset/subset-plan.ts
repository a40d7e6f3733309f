import { realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { EnvironmentError, systemCode } from '../errors.ts';
import { eachOf, systemFiles } from '../files.ts';
import { toPaste } from '../progress/shell.ts';
import { shownName } from '../progress/visible.ts';
import type { Project } from '../project.ts';
import { namesIn } from '../walk.ts';
import { groundTruthOf } from './ground-truth.ts';
import {
  type CompetitionData,
  dataFolder,
  type FoundTruth,
  findCompetitionData,
  hasGroundTruth,
  presentVideos,
  videoFile,
} from './layout.ts';
import { readMetadata } from './metadata.ts';
import { realFolder } from './replace-folder.ts';
import { sampleOfPresent } from './sampling.ts';
import { groundTruths, type TruthNames } from './truths.ts';
import { findVideoFaults, type VideoFault } from './video-faults.ts';

/** Which subset to make. */
export interface SubsetChoice {
  readonly project: Project;
  readonly dataset: string;
  /** The ground truth that has to be there, where the dataset has any. */
  readonly truth: TruthNames;
  /** Of the queries whose video is present, or of all where these are what it draws; over 0, at most 1. */
  readonly proportion: number;
}

/** What `vsc data-subset` is going to do, found out without touching anything. */
export interface SubsetPlan {
  readonly dataset: string;
  readonly source: CompetitionData;
  /** `data/<dataset>`, the folder to make or replace. */
  readonly folder: string;
  /** Where that really is, if it is a symlink. */
  readonly realFolder: string;
  /** Sorted. */
  readonly ids: readonly string[];
  /** Whether these are the ones that everyone draws with this proportion. */
  readonly isEveryones: boolean;
  /** Queries in the metadata. */
  readonly listed: number;
  /** Of these, with a video. */
  readonly present: number;
  /** Of these, without one, in file order. */
  readonly absentIds: readonly string[];
  /** The chosen videos together. */
  readonly bytes: number;
  /** What is wrong with chosen videos, as far as their containers show. */
  readonly faults: readonly VideoFault[];
  /** Of each ground truth what is the subset's, as the text of a file. */
  readonly truths: readonly (FoundTruth & { readonly text: string })[];
}

/**
 * Chooses the subset of `competition_data/<dataset>` and makes sure that `data/<dataset>` may be
 * replaced. Reads every CSV, so that a fault in one is found now.
 *
 * @throws EnvironmentError if data are missing or malformed, or the folder holds what isn't ours; the
 * signal's reason
 */
export async function planSubset(
  { project, dataset, truth, proportion }: SubsetChoice,
  signal: AbortSignal,
): Promise<SubsetPlan> {
  const source = await findCompetitionData(project, dataset, truth);
  const folder = join(project.data, dataset);
  const target = await realFolder(folder);
  await refuseOverlap(folder, target, source.folder);
  await refuseForeignFiles(target, dataset);
  const { durations } = await readMetadata(source.queryMetadata, 'query');
  await readMetadata(source.referenceMetadata, 'reference');
  const present = await presentVideos(source.queries, durations.keys(), signal);
  if (present.length === 0) {
    throw new EnvironmentError(
      `None of the ${durations.size} videos listed in ${source.queryMetadata} is in ${source.queries}.`,
      [
        ...(await misspeltVideo(source.queries)),
        `Put them into ${source.queries}: Q…….mp4 (symlinks are fine).`,
      ],
    );
  }
  const there = new Set(present);
  const listed = [...durations.keys()];
  const { ids, isEveryones } = sampleOfPresent(listed, present, proportion);
  const sizes = new Map<string, number>();
  const measure = async (id: string) => {
    sizes.set(id, (await stat(join(source.queries, videoFile(id)))).size);
  };
  const [faults] = await Promise.all([
    findVideoFaults(source.queries, ids, durations, signal),
    eachOf(ids, measure, signal),
  ]);
  const chosen = new Set(ids);
  const truths: SubsetPlan['truths'][number][] = [];
  for (const found of source.groundTruths) {
    truths.push({ ...found, text: await groundTruthOf(found.path, chosen) });
  }
  return {
    dataset,
    source,
    folder,
    realFolder: target,
    ids,
    isEveryones,
    listed: listed.length,
    present: present.length,
    absentIds: listed.filter((id) => !there.has(id)),
    bytes: [...sizes.values()].reduce((sum, size) => sum + size, 0),
    faults,
    truths,
  };
}

async function refuseOverlap(folder: string, target: string, source: string): Promise<void> {
  const [made, given] = [target + sep, (await realpath(source)) + sep];
  if (!made.startsWith(given) && !given.startsWith(made)) return;
  throw new EnvironmentError(
    `${folder} is in the same place as ${source}, which would be overwritten.`,
    [`Remove the symlink: ${toPaste(folder, (it) => `rm -- ${it}`)}`],
  );
}

const queryVideo = /^Q\d{6}\.mp4$/;

/**
 * Makes sure that a folder about to be replaced is one that `vsc data-subset` made, or empty: it has
 * a `query_subset.csv` and nothing that isn't of the shape of `data/<dataset>`.
 *
 * @throws EnvironmentError that names the files `vsc` would otherwise delete
 */
async function refuseForeignFiles(folder: string, dataset: string): Promise<void> {
  const found = await foreignFiles(folder, dataset);
  if (found.length === 0) return;
  const more = found.length > 5 ? ` and ${found.length - 5} more` : '';
  throw new EnvironmentError(
    `${folder} holds what "vsc data-subset" did not put there, and would be replaced: ` +
      `${found.slice(0, 5).map(shownName).join(', ')}${more}.`,
    ['Move these away; or, if nothing in it is worth keeping, delete that folder and run again.'],
  );
}

/** A word on a video whose name would be right in other letters. */
async function misspeltVideo(folder: string): Promise<readonly string[]> {
  const names = await namesIn(folder, { lenient: true });
  const found = names.find((name) => /^q\d{6}\.mp4$/i.test(name) && !queryVideo.test(name));
  if (found === undefined) return [];
  const name = `${found.slice(0, 1).toUpperCase()}${found.slice(1).toLowerCase()}`;
  return [`${shownName(found)} is there: names are told apart by case, so rename it to ${name}.`];
}

async function foreignFiles(folder: string, dataset: string): Promise<string[]> {
  const names = await deliberateNamesIn(folder);
  if (!names.includes('query_subset.csv')) return names;
  const { folder: _, ...lists } = dataFolder('');
  const truths = hasGroundTruth(dataset)
    ? groundTruths.flatMap(({ full, subset }) => [full, subset])
    : [];
  const known = new Set([...Object.values(lists), ...truths]);
  const videos = names.includes('query') ? await deliberateNamesIn(join(folder, 'query')) : [];
  return [
    ...names.filter((name) => !known.has(name)),
    ...videos.filter((name) => !queryVideo.test(name)).map((name) => `query/${name}`),
  ];
}

/** The names in a folder, sorted, but for those that nobody put there on purpose. */
async function deliberateNamesIn(folder: string): Promise<string[]> {
  const names = await namesIn(folder).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  });
  const isStray = (name: string) =>
    systemFiles.has(name) || name === '.gitkeep' || name.startsWith('._');
  return names.filter((name) => !isStray(name));
}
