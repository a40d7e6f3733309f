import { constants, copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvironmentError } from '../errors.ts';
import { cannot, eachOf, freeBytesOn, isSystemError } from '../files.ts';
import type { Reporter } from '../progress/events.ts';
import { formatBytes } from '../progress/format.ts';
import { dataFolder, truthIn, videoFile } from './layout.ts';
import { removeStaleFolders, replaceFolder } from './replace-folder.ts';
import { planSubset, type SubsetChoice, type SubsetPlan } from './subset-plan.ts';
import { type Transfer, tryLink } from './transfer.ts';
import { faultText, fewOf } from './video-faults.ts';

/** What to make. */
export interface SubsetRequest extends SubsetChoice {
  /** Hard links instead of copies, where the file system can. */
  readonly link?: boolean;
  /** Only find out what would be made. */
  readonly dryRun?: boolean;
}

/** What making it needs of the world. */
export interface SubsetDeps extends BringDeps {
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

/** What was made, or with `dryRun` would be. */
export interface SubsetResult {
  readonly dataset: string;
  /** `data/<dataset>` */
  readonly folder: string;
  readonly dryRun: boolean;
  /** Queries in the metadata: `present` with a video and `absent` without. */
  readonly listed: number;
  readonly present: number;
  readonly absent: number;
  /** Queries in the subset, and which these are, sorted. */
  readonly chosen: number;
  readonly ids: readonly string[];
  /** Size of the chosen videos. */
  readonly bytes: number;
  /** How the videos got there, undefined in a dry run. */
  readonly method?: TransferMethod;
  /** Videos that are hard links; fewer than `chosen` where some could not be. */
  readonly linked: number;
  readonly seconds: number;
}

/**
 * Makes `data/<dataset>` from `competition_data/<dataset>`: the metadata, a seeded random subset of
 * the queries, their videos and, for train, the ground truth and what of it is the subset's.
 *
 * The folder appears whole. If this fails or is aborted, the one that was there before stays.
 *
 * @throws EnvironmentError if data, room on the disk or a permission is missing, a CSV is malformed,
 * or the folder to replace holds what isn't ours; the signal's reason if aborted
 */
export async function makeSubset(request: SubsetRequest, deps: SubsetDeps): Promise<SubsetResult> {
  const { project, dataset, link = false, dryRun = false } = request;
  const { now = () => performance.now() } = deps;
  const started = now();
  try {
    const plan = await planSubset(request, deps.signal);
    warnOfVideos(plan, deps);
    const made = dryRun ? { linked: 0 } : await carryOut(plan, link, deps);
    const { folder, listed, present, absentIds, ids, bytes } = plan;
    return {
      dataset,
      folder,
      dryRun,
      listed,
      present,
      absent: absentIds.length,
      chosen: ids.length,
      ids,
      bytes,
      ...made,
      seconds: (now() - started) / 1000,
    };
  } catch (error) {
    const folder = join(project.data, dataset);
    throw isSystemError(error) ? cannot(`make ${folder}`, error) : error;
  }
}

async function carryOut(plan: SubsetPlan, link: boolean, deps: SubsetDeps) {
  const { report, signal } = deps;
  signal.throwIfAborted();
  await removeStaleFolders(plan.realFolder);
  const message = `Making ${plan.folder}: ${plan.ids.length} of ${plan.present} queries`;
  report.report({ type: 'step', message });
  const { built, undeleted } = await replaceFolder(plan.realFolder, async (partial) => {
    await writeLists(plan, partial);
    return await bringVideos(plan, partial, link, deps);
  });
  if (undeleted !== undefined) {
    const warning = `The folder it replaces could not be deleted; it is now ${undeleted}.`;
    report.report({ type: 'warning', message: warning });
  }
  return built;
}

async function writeLists({ source, ids, truths }: SubsetPlan, partial: string): Promise<void> {
  const to = dataFolder(partial);
  await copyFile(source.queryMetadata, to.queryMetadata);
  await copyFile(source.referenceMetadata, to.referenceMetadata);
  await writeFile(to.querySubset, ['video_id', ...ids, ''].join('\n'));
  for (const { names, path, text } of truths) {
    const { full, subset } = truthIn(partial, names);
    await copyFile(path, full);
    await writeFile(subset, text);
  }
}

function warnOfVideos(plan: SubsetPlan, { report }: SubsetDeps): void {
  const { absentIds, faults, ids, isEveryones, listed, source } = plan;
  const warn = (message: string) => report.report({ type: 'warning', message });
  if (absentIds.length > 0 && !isEveryones) {
    warn(
      `${absentIds.length} of the ${listed} queries listed have no video in ` +
        `${source.queries} (${fewOf(absentIds)}). They are left out, so this subset can differ ` +
        'from the one that others draw.',
    );
  }
  if (faults.length > 0) {
    const what = faults.map(faultText).join('; ');
    warn(`Of the ${ids.length} chosen videos in ${source.queries} ${what}. Fetch these again.`);
  }
}

/** What bringing the videos needs of the world. */
export interface BringDeps {
  readonly report: Pick<Reporter, 'report'>;
  readonly signal: AbortSignal;
  /** Bytes that the user may still write in a folder. */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

/** How files get there: `clone` (reflink) and `link` (hard link) take no room on the disk. */
export type TransferMethod = 'clone' | 'copy' | 'link';

/**
 * Brings the chosen videos into `query/` of the new folder `partial`, and reports how far it is.
 *
 * @param preferLink takes hard links, where the file system can
 * @returns how many were hard-linked
 * @throws EnvironmentError if copies are needed and don't fit on the disk; the system's error, or the
 * signal's reason, once no copy is under way any more
 */
async function bringVideos(
  plan: SubsetPlan,
  partial: string,
  preferLink: boolean,
  deps: BringDeps,
): Promise<{ method: TransferMethod; linked: number }> {
  const { queries } = dataFolder(partial);
  await mkdir(queries);
  const files = plan.ids.map(videoFile).map((name): Transfer => {
    return { from: join(plan.source.queries, name), to: join(queries, name) };
  });
  const method = await chooseMethod(files[0] as Transfer, preferLink);
  if (method === 'copy') await requireRoom(plan, partial, deps);
  const linked = await transferAll(files, method, deps);
  if (preferLink && linked < files.length) {
    const message =
      `${files.length - linked} of ${files.length} videos could not be hard-linked ` +
      '(another file system, or no permission) and were copied.';
    deps.report.report({ type: 'warning', message });
  }
  return { method, linked };
}

/** Finds out by trying it on `sample` what the two file systems can do; leaves nothing behind. */
async function chooseMethod(sample: Transfer, preferLink: boolean): Promise<TransferMethod> {
  const { from, to } = sample;
  try {
    if (preferLink && (await tryLink(sample))) return 'link';
    await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE);
    return 'clone';
  } catch {
    return 'copy';
  } finally {
    await rm(to, { force: true });
  }
}

async function requireRoom(
  { bytes, folder, ids }: SubsetPlan,
  partial: string,
  { freeBytes = freeBytesOn }: BringDeps,
): Promise<void> {
  const free = await freeBytes(partial);
  if (bytes <= free) return;
  throw new EnvironmentError(
    `Not enough room on the disk of ${folder}: the ${ids.length} videos take ` +
      `${formatBytes(bytes)}, ${formatBytes(free)} are free.`,
    [
      'Make room, or take a smaller SUBSET_PROPORTION.',
      'Use --link, which takes no room if competition_data/ is on the same file system.',
    ],
  );
}

/** Brings all `files` over, with a bar. A file that can't be linked is copied. */
async function transferAll(
  files: readonly Transfer[],
  method: TransferMethod,
  { report, signal }: BringDeps,
): Promise<number> {
  const label = method === 'link' ? 'Linking videos' : 'Copying videos';
  const bar = { type: 'progress', id: 'data-subset', label, unit: 'videos' } as const;
  const total = files.length;
  let [completed, linked] = [0, 0];
  report.report({ ...bar, completed, total, done: false });
  const bring = async (file: Transfer) => {
    if (method === 'link' && (await tryLink(file))) linked++;
    else await copyFile(file.from, file.to, constants.COPYFILE_FICLONE);
    completed++;
    report.report({ ...bar, completed, total, done: completed === total });
  };
  await eachOf(files, bring, signal);
  return linked;
}
