import { copyFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readGroundTruth } from '../dataset/ground-truth.ts';
import { realFolder, removeStaleFolders, replaceFolder } from '../dataset/replace-folder.ts';
import {
  type ContainerOwner,
  containerLabels,
  removeStaleContainers,
} from '../engine/container-labels.ts';
import type { ContainerEngine, RunPlan } from '../engine/port.ts';
import { EnvironmentError } from '../errors.ts';
import { freeBytesOn, localDisk } from '../files.ts';
import type { ImageNames } from '../image/choice.ts';
import type { Reporter } from '../progress/events.ts';
import { formatBytes } from '../progress/format.ts';
import { jsonText } from '../progress/json.ts';
import type { Project } from '../project.ts';
import {
  findSamplesImage,
  madeFolder,
  planSamples,
  runSamples,
  type SamplesTools,
} from './container.ts';
import { recordName, requireOwn, type SampleRecord } from './earlier.ts';
import { takeSamples } from './take.ts';

/** What to make. */
export interface SamplesRequest {
  readonly project: Project;
  readonly track: ImageNames;
  readonly seed: number;
  /** The image that the user named, and the setting that named it. */
  readonly image: { readonly image: string; readonly source: string } | undefined;
}

/** What making it needs of the world. */
export interface SamplesWorld {
  /** Connects on the first call. @throws EngineUnreachable */
  readonly engine: () => Promise<ContainerEngine>;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** This process and machine, for the labels of the container. */
  readonly owner: ContainerOwner;
  readonly isAlive: (pid: number) => boolean;
  /** Bytes that the user may still write in a folder. */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

/** One of the datasets that were made. */
export interface SampleDataset {
  readonly dataset: string;
  readonly references: number;
  readonly queries: number;
}

/** What was made. */
export interface Samples {
  /** `competition_data` */
  readonly folder: string;
  readonly version: string;
  readonly seed: number;
  readonly image: string;
  /** Whether it took the place of earlier sample data. */
  readonly replaced: boolean;
  readonly datasets: readonly SampleDataset[];
  /** Different query–reference pairs in the ground truth of train. */
  readonly truePairs: number;
  readonly bytes: number;
  readonly seconds: number;
}

/** What would be done, found out without making anything. */
export interface SamplesPlan
  extends Pick<Samples, 'folder' | 'version' | 'seed' | 'image' | 'replaced'> {
  /** Where the folder really is, if it is a symlink. */
  readonly realFolder: string;
  /** Names of files in it that stay. */
  readonly notices: readonly string[];
  /** The container that makes them. */
  readonly plan: RunPlan;
}

/** Twice what sample data take: room to make them, and the most that is taken of an image. */
const maxBytes = 80e6;

/**
 * Finds out whether sample data may be where the competition's belong, and what makes them.
 * @throws EnvironmentError where something else is there, or room or the image is missing
 */
export async function planSampleData(
  { project, track, seed, image: named }: SamplesRequest,
  { engine, owner, signal, freeBytes = freeBytesOn }: SamplesWorld,
): Promise<SamplesPlan> {
  const folder = project.competitionData;
  const { real, present } = await localDisk(`look into ${folder}`, async () => {
    const real = await realFolder(folder);
    return { real, present: await requireOwn(real, signal) };
  });
  // Where nobody can tell, as in a project that is yet to be made, it is tried.
  requireRoom(folder, await freeBytes(dirname(real)).catch(() => maxBytes));
  const { name, image, version } = await findSamplesImage(await engine(), track, named);
  const plan = planSamples(image.id, seed, containerLabels(project.root, owner));
  const { hasSamples: replaced, notices } = present;
  return { folder, version, seed, image: name, replaced, realFolder: real, notices, plan };
}

function requireRoom(folder: string, free: number): void {
  if (free >= maxBytes) return;
  throw new EnvironmentError(
    `Not enough room on the disk of ${folder}: sample data take up to ${formatBytes(maxBytes)}, ${formatBytes(free)} are free.`,
    ['Make room, or make them in another folder: vsc -C DIR sample-data'],
  );
}

/**
 * Makes `competition_data` of train and test: videos with known copies among them, the same for the
 * same seed. The folder appears whole; if this fails or is aborted, it is as it was before.
 * @throws EnvironmentError as `planSampleData`, or where the container fails; the signal's reason
 */
export async function makeSampleData(
  request: SamplesRequest,
  world: SamplesWorld,
): Promise<Samples> {
  const started = performance.now();
  const planned = await planSampleData(request, world);
  const { folder, version, seed, image, replaced, realFolder: real } = planned;
  const { reporter, signal, owner, isAlive } = world;
  const engine = await world.engine();
  await removeStaleContainers(
    engine,
    { root: request.project.root, hostname: owner.hostname, isAlive },
    reporter,
  );
  reporter.report({ type: 'step', message: `Making sample data in ${folder}, seed ${seed}` });
  const { built, undeleted } = await localDisk(`make ${folder}`, async () => {
    await removeStaleFolders(real);
    return replaceFolder(real, (partial) => fill(partial, planned, { engine, reporter, signal }));
  });
  if (undeleted !== undefined) {
    const message = `The sample data that these replace could not be deleted; they are now ${undeleted}.`;
    reporter.report({ type: 'warning', message });
  }
  const seconds = (performance.now() - started) / 1000;
  return { folder, version, seed, image, replaced, ...built, seconds };
}

/** Makes all of it in a new folder. */
async function fill(
  partial: string,
  { version, seed, realFolder: real, notices, plan }: SamplesPlan,
  tools: SamplesTools,
): Promise<Pick<Samples, 'datasets' | 'truePairs' | 'bytes'>> {
  let files: SampleRecord['files'] = {};
  await runSamples(plan, tools, async (container) => {
    files = await takeSamples(container, madeFolder, partial, maxBytes);
  });
  for (const name of notices) await copyFile(join(real, name), join(partial, name));
  const record: SampleRecord = { version, seed, files };
  await writeFile(join(partial, recordName), `${jsonText(record, 2)}\n`);
  const count = (folder: string) =>
    Object.keys(files).filter((path) => path.startsWith(`${folder}/`)).length;
  const truth = join(partial, 'train', 'train_descriptor_ground_truth.csv');
  return {
    datasets: ['train', 'test'].map((dataset) => ({
      dataset,
      references: count(`${dataset}/reference`),
      queries: count(`${dataset}/query`),
    })),
    truePairs: (await readGroundTruth(truth)).pairs,
    bytes: Object.values(files).reduce((sum, size) => sum + size, 0),
  };
}
