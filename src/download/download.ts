import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { realFolder } from '../dataset/replace-folder.ts';
import { fewOf } from '../dataset/video-faults.ts';
import { freeBytesOn, localDisk } from '../files.ts';
import type { Reporter } from '../progress/events.ts';
import { formatCount } from '../progress/format.ts';
import { shownName } from '../progress/visible.ts';
import type { Project } from '../project.ts';
import { type DatasetFiles, filesOf } from './choice.ts';
import { HttpClient } from './client.ts';
import { type DrawnVideos, drawVideos, listsOf } from './draw-videos.ts';
import { type FailedFile, type FetchAllTools, type Fetched, fetchAll } from './fetch-all.ts';
import { type LockOwner, lockedFor } from './lock.ts';
import { bytesToCome, findNeeded, requireRoom } from './needed.ts';
import { memoryName } from './partial-file.ts';
import { type ListSource, readUrlList, sourceName } from './read-list.ts';
import { HostPauses } from './tries.ts';

/** What to fetch. */
export interface DownloadRequest {
  readonly project: Project;
  readonly dataset: string;
  /** The names of all datasets: lists are of several. */
  readonly datasets: readonly string[];
  readonly list: ListSource;
  /** Share of the videos; 1 is all. */
  readonly proportion: number;
  /** Whether the reference videos are wanted too; `vsc data-subset` needs none. */
  readonly references: boolean;
  /** Files at a time. */
  readonly parallel: number;
  /** Only find out what would be fetched. */
  readonly dryRun: boolean;
}

/** What fetching needs of the world. */
export interface DownloadWorld {
  readonly reporter: Pick<Reporter, 'report'>;
  readonly signal: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly owner: LockOwner;
  /** Milliseconds without a byte after which a connection is given up. */
  readonly stallTimeout?: number;
  /** Waits so many milliseconds. */
  readonly pause?: (milliseconds: number) => Promise<void>;
  /** Bytes that the user may still write in a folder. */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

/** What was fetched, or with `dryRun` would be. */
export interface DownloadResult {
  readonly dataset: string;
  /** `competition_data/<dataset>` */
  readonly folder: string;
  readonly dryRun: boolean;
  readonly proportion: number;
  /** Videos that are wanted and that the list has. */
  readonly queries: number;
  readonly references: number;
  /** Videos that are wanted, and that the list does not have. */
  readonly unlisted: number;
  /** Files that were there already, that were fetched, and that are still missing. */
  readonly there: number;
  readonly fetched: number;
  readonly missing: number;
  /** Bytes that were fetched, or of the videos that would be; null where that isn't known. */
  readonly bytes: number | null;
  /** Those of the missing files that were tried. */
  readonly failed: readonly FailedFile[];
  readonly seconds: number;
}

/**
 * Fetches what a list has of a dataset into `competition_data/<dataset>`: the CSV files, then the queries
 * that `vsc data-subset` draws with this proportion, the same share of the references, and those
 * references that the drawn queries have copied from.
 *
 * Each file appears whole. What is there stays, and what was begun is gone on with.
 *
 * @throws UsageError for a faulty list; EnvironmentError where the disk or the list's server fails; the
 * signal's reason. Files that can't be fetched are in the result.
 */
export async function download(
  request: DownloadRequest,
  world: DownloadWorld,
): Promise<DownloadResult> {
  const started = performance.now();
  const { project, dataset, datasets, list, dryRun, proportion } = request;
  const { client, tools } = toolsFor(request, world);
  const folder = join(project.competitionData, dataset);
  try {
    tools.report({ type: 'step', message: `Reading the list ${sourceName(list)}` });
    const onRetry = ({ message }: Error) =>
      tools.report({ type: 'warning', message: `${message}. Trying again.` });
    const listed = await readUrlList(list, { ...tools, onRetry });
    const files = filesOf(sourceName(list), listed, dataset, datasets);
    tellUnknown(files, tools.report);
    const real = await realFolder(folder);
    const outcome = dryRun
      ? await planDataset(request, files, real, tools)
      : await lockedFor(await made(real), world.owner, () =>
          fetchDataset(request, files, real, tools),
        );
    const seconds = (performance.now() - started) / 1000;
    return { dataset, folder, dryRun, proportion, ...outcome, seconds };
  } finally {
    await client.close();
  }
}

type Outcome = Omit<DownloadResult, 'dataset' | 'folder' | 'dryRun' | 'proportion' | 'seconds'>;

interface Tools extends Omit<FetchAllTools, 'now'> {
  readonly now: () => number;
  readonly freeBytes: (folder: string) => Promise<number>;
}

function toolsFor({ parallel }: DownloadRequest, world: DownloadWorld) {
  const { reporter, signal, env, version, stallTimeout = 60_000 } = world;
  const client = new HttpClient({
    env,
    agent: `vsc/${version}`,
    connections: parallel,
    stallTimeout,
  });
  const wait = async (milliseconds: number) => {
    await sleep(milliseconds, undefined, { signal }).catch(() => {});
    signal.throwIfAborted();
  };
  const tools: Tools = {
    client,
    signal,
    parallel,
    report: (event) => reporter.report(event),
    now: () => performance.now(),
    pause: world.pause ?? wait,
    chance: Math.random,
    hosts: new HostPauses(),
    freeBytes: world.freeBytes ?? freeBytesOn,
  };
  return { client, tools };
}

/** The folder with those that the videos go into. */
async function made(folder: string): Promise<string> {
  await localDisk(`make ${folder}`, async () => {
    for (const side of ['query', 'reference']) await mkdir(join(folder, side), { recursive: true });
  });
  return folder;
}

async function fetchDataset(
  request: DownloadRequest,
  files: DatasetFiles,
  folder: string,
  tools: Tools,
): Promise<Outcome> {
  const { report } = tools;
  const lists = await listsOf(files, folder, request.dataset);
  const neededLists = await findNeeded(lists, folder, tools);
  const fetchedLists = await fetchAll(neededLists, folder, tools);
  // Without them nobody knows which videos to draw.
  if (fetchedLists.failed.length > 0) return outcomeOf(lists, neededLists, fetchedLists);
  const drawn = await drawVideos(request, files, [folder], report);
  const videos = await findNeeded(drawn.targets, folder, tools);
  requireRoom(videos, folder, await tools.freeBytes(folder), report);
  if (videos.length > 0) {
    const [some, all] = [formatCount(videos.length), formatCount(drawn.targets.length)];
    report({ type: 'step', message: `Fetching ${some} of ${all} videos into ${folder}` });
  }
  const fetched = await fetchAll(videos, folder, tools);
  await removeOrphans(folder);
  const wanted = [...lists, ...drawn.targets];
  const both = sumOf(fetchedLists, fetched);
  return outcomeOf(wanted, [...neededLists, ...videos], both, drawn);
}

/** As `fetchDataset`, but that it fetches the lists alone, into a folder that goes again. */
async function planDataset(
  request: DownloadRequest,
  files: DatasetFiles,
  folder: string,
  tools: Tools,
): Promise<Outcome> {
  const temporary = await mkdtemp(join(tmpdir(), 'vsc-download-'));
  try {
    const lists = await listsOf(files, folder, request.dataset);
    const neededLists = await findNeeded(lists, folder, tools);
    const fetched = await fetchAll(neededLists, temporary, tools);
    if (fetched.failed.length > 0) return outcomeOf(lists, neededLists, fetched);
    const drawn = await drawVideos(request, files, [folder, temporary], tools.report);
    const videos = await findNeeded(drawn.targets, folder, tools);
    const wanted = [...lists, ...drawn.targets];
    const outcome = outcomeOf(wanted, [...neededLists, ...videos], nothing, drawn);
    return { ...outcome, bytes: bytesToCome(videos) ?? null };
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

const nothing: Fetched = { count: 0, bytes: 0, failed: [] };

function sumOf(some: Fetched, more: Fetched): Fetched {
  return {
    count: some.count + more.count,
    bytes: some.bytes + more.bytes,
    failed: [...some.failed, ...more.failed],
  };
}

function outcomeOf(
  wanted: readonly unknown[],
  needed: readonly unknown[],
  { count, bytes, failed }: Fetched,
  drawn: Omit<DrawnVideos, 'targets'> = { queries: 0, references: 0, unlisted: [] },
): Outcome {
  const { queries, references, unlisted } = drawn;
  return {
    queries,
    references,
    unlisted: unlisted.length,
    there: wanted.length - needed.length,
    fetched: count,
    missing: needed.length - count,
    bytes,
    failed,
  };
}

/** A kill between two steps leaves what was remembered of a file that is whole. */
async function removeOrphans(folder: string): Promise<void> {
  for (const side of ['query', 'reference'].map((name) => join(folder, name))) {
    const names = new Set(await readdir(side));
    const orphans = [...names].filter(
      (name) => name.endsWith(memoryName('')) && !names.has(name.slice(0, -'.json'.length)),
    );
    for (const name of orphans) await rm(join(side, name), { force: true });
  }
}

function tellUnknown({ unknown }: DatasetFiles, report: Reporter['report']): void {
  if (unknown.length === 0) return;
  const names = fewOf(unknown.map(shownName));
  const message = `The list has ${formatCount(unknown.length)} files that vsc has no place for (${names}).`;
  report({ type: 'note', message });
}
