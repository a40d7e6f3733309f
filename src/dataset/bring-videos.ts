import { constants, copyFile, link, mkdir, realpath, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvironmentError } from '../errors.ts';
import { eachOf, isSystemError } from '../files.ts';
import type { Reporter } from '../progress/events.ts';
import { formatBytes } from '../progress/format.ts';
import { dataFolder, videoFile } from './layout.ts';
import type { SubsetPlan } from './subset-plan.ts';

/** What bringing the videos needs of the world. */
export interface BringDeps {
  readonly report: Pick<Reporter, 'report'>;
  readonly signal: AbortSignal;
  /** Bytes that the user may still write in a folder. */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

/** How files get there: `clone` (reflink) and `link` (hard link) take no room on the disk. */
export type TransferMethod = 'clone' | 'copy' | 'link';

/** One file on its way. The destination isn't there yet. */
interface Transfer {
  readonly from: string;
  readonly to: string;
}

/**
 * Brings the chosen videos into `query/` of the new folder `partial`, and reports how far it is.
 *
 * @param preferLink takes hard links, where the file system can
 * @returns how many were hard-linked
 * @throws EnvironmentError if copies are needed and don't fit on the disk; the system's error, or the
 * signal's reason, once no copy is under way any more
 */
export async function bringVideos(
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

async function freeBytesOn(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
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

/** Links to the file itself where `from` is a symlink: a link to that would dangle in the container. */
async function tryLink({ from, to }: Transfer): Promise<boolean> {
  try {
    await link(await realpath(from), to);
    return true;
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}
