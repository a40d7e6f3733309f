import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { link, open, rename, rm, stat, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EnvironmentError, systemCode } from './errors.ts';
import { requireReplaceable } from './places.ts';

/** Whether anything is at `path`, as far as may be seen; a link to nowhere is nothing. */
export async function exists(path: string): Promise<boolean> {
  return (await statOf(path)) !== undefined;
}

/** Whether there is a file at `path`, symlinks followed. */
export async function isFile(path: string): Promise<boolean> {
  return (await statOf(path))?.isFile() ?? false;
}

/** Whether there is a folder at `path`, symlinks followed. */
export async function isFolder(path: string): Promise<boolean> {
  return (await statOf(path))?.isDirectory() ?? false;
}

function statOf(path: string): Promise<Stats | undefined> {
  return stat(path).catch(() => undefined);
}

/**
 * Has `fill` write a file beside `path`, which then takes its place: `path` is whole or what it was.
 * @param place how the file gets its name; a rename, which replaces what is there
 * @throws EnvironmentError where `path` is no place for a file; what `fill` or `place` throws; nothing
 * is left beside
 */
export async function writeWhole<Made>(
  path: string,
  fill: (partial: string) => Promise<Made>,
  place: (partial: string, path: string) => Promise<void> = moveTo,
): Promise<Made> {
  const name = `.${basename(path)}.${randomBytes(4).toString('hex')}.partial`;
  const partial = join(dirname(path), name);
  await requireReplaceable(path);
  try {
    const made = await fill(partial);
    await place(partial, path);
    return made;
  } finally {
    await rm(partial, { force: true });
  }
}

/** What a move needs of the system. */
export interface MoveWorld {
  readonly platform: NodeJS.Platform;
  readonly rename: (from: string, to: string) => Promise<void>;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
}

const here: MoveWorld = { platform: process.platform, rename, sleep };

/** Milliseconds before a move is tried again, some two seconds in all: virus scanners are done by then. */
const pauses = [10, 30, 60, 100, 200, 400, 600, 600];

/**
 * Gives a file or folder another name, in the place of what is there. On Windows nothing that a program has
 * open changes its name or goes: that is waited for a little, as it mostly passes.
 * @throws EnvironmentError where it doesn't; the system's errors
 */
export async function moveTo(from: string, to: string, world = here): Promise<void> {
  const { platform, rename, sleep } = world;
  const isHeld = (error: unknown) =>
    platform === 'win32' && ['EPERM', 'EACCES', 'EBUSY'].includes(systemCode(error) ?? '');
  for (const pause of [...pauses, undefined]) {
    try {
      return await rename(from, to);
    } catch (error) {
      if (!isHeld(error)) throw error;
      if (pause === undefined) throw held(to, error);
      await sleep(pause);
    }
  }
}

function held(path: string, cause: unknown): EnvironmentError {
  return new EnvironmentError(
    `Could not write ${path}: another program may have it open (${systemCode(cause)}).`,
    ['Close it there, and run the same command again.'],
    { cause, reason: 'local-disk' },
  );
}

/** Whether a file of this name is one that {@link writeWhole} has not finished. */
export function isPartial(name: string): boolean {
  return /^\..+\.[0-9a-f]{8}\.partial$/.test(name);
}

/** Gives a file its name, as a rename, but never in the place of what is there: false, if something is. */
export async function placeNew(partial: string, path: string): Promise<boolean> {
  try {
    await link(partial, path);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    await moveTo(partial, path); // no hard links on this file system
  }
  return true;
}

/** Writes a text whole, and to the disk. */
export async function writeTextWhole(path: string, text: string): Promise<void> {
  await writeWhole(path, (partial) => writeText(partial, text));
}

/** As `writeTextWhole`, where there is nothing yet: false, and nothing is written, if something is. */
export async function writeNewText(path: string, text: string): Promise<boolean> {
  let placed = false;
  await writeWhole(
    path,
    (partial) => writeText(partial, text),
    async (partial) => {
      placed = await placeNew(partial, path);
    },
  );
  return placed;
}

async function writeText(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Does something on this machine's own disk. What the system refuses is told as such; it must not pass
 * for a failure of the engine, in the middle of whose calls it may happen.
 * @param what verb and object, e.g. `write /project/submission/log.txt`
 * @throws EnvironmentError
 */
export async function localDisk<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw isSystemError(error) ? cannot(what, error) : error;
  }
}

const remedies: Readonly<Record<string, readonly [what: string, next: string]>> = {
  ENOENT: ['no such file', 'See that it is there and that a symlink leads to something.'],
  EEXIST: ['something else is there', 'Move it away.'],
  EISDIR: ['it is a folder', 'Put the file there.'],
  ENOTDIR: ['a file is where a folder should be', 'Move that file away.'],
  EACCES: ['permission denied', 'See who owns it: ls -l'],
  EPERM: ['not permitted', 'See who owns it: ls -l'],
  ENAMETOOLONG: ['the path is too long', 'Delete by hand what is nested too deeply: rm -r'],
  ENOTEMPTY: ['something in it could not be reached', 'Delete it by hand: rm -r'],
  EROFS: ['the file system is read-only', 'Choose another folder with -C.'],
  EBUSY: ['it is in use, perhaps a mount point', 'Unmount it, or work in another folder with -C.'],
  ENOSPC: ['the disk is full', 'Make room, or take a smaller SUBSET_PROPORTION.'],
  EDQUOT: ['your disk quota is used up', 'Make room, or take a smaller SUBSET_PROPORTION.'],
};

/** Whether the operating system said no (an errno), as opposed to a bug of ours. */
export function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'errno' in error && systemCode(error) !== undefined;
}

/**
 * What the operating system refused, for people:
 * `Could not read /data/query_metadata.csv: permission denied (EACCES).`
 *
 * @param what verb and object; the paths that the system names are added where they are others
 */
export function cannot(what: string, error: unknown): EnvironmentError {
  const { message, path, dest } = error as NodeJS.ErrnoException & { dest?: string };
  const code = systemCode(error) ?? 'unknown';
  const [why, next] = remedies[code] ?? [message];
  const paths = [path, dest].filter((it) => it !== undefined && !what.includes(it));
  const where = [code, ...paths].join(', ');
  return new EnvironmentError(`Could not ${what}: ${why} (${where}).`, next ? [next] : [], {
    cause: error,
    reason: 'local-disk',
  });
}

/** Bytes that the user may still write to the disk that `folder` is on. */
export async function freeBytesOn(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** What operating systems leave in any folder: nobody put it there, nobody misses it. */
export const systemFiles: ReadonlySet<string> = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini']);

/**
 * Does `work` on every item, several at a time, in order of start. After a failure or an abort nothing
 * new begins; it throws once what had begun has ended, so that the caller may clean up.
 *
 * @param atOnce 500 copies of 2 MB took 483 ms four at a time, 936 ms one at a time
 * @throws the first failure, or the signal's reason
 */
export async function eachOf<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
  signal?: AbortSignal,
  atOnce = 4,
): Promise<void> {
  const waiting = items.values();
  let failed = false;
  const worker = async () => {
    for (const item of waiting) {
      if (failed) return;
      signal?.throwIfAborted();
      await work(item).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: atOnce }, worker));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  signal?.throwIfAborted();
}

/**
 * What `work` makes of every item, in the items' order, several at a time: a machine has limits on how many files
 * may be open, and to read thousands at once goes beyond them.
 * @throws the first failure
 */
export async function madeOfEach<Item, Made>(
  items: readonly Item[],
  work: (item: Item) => Promise<Made>,
): Promise<readonly Made[]> {
  const made = new Map<number, Made>();
  const places = [...items.entries()];
  await eachOf(places, async ([at, item]) => void made.set(at, await work(item)), undefined, 16);
  return places.map(([at]) => made.get(at) as Made);
}
