import { mkdir, readdir, realpath, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { EnvironmentError, systemCode } from '../errors.ts';
import { exists, moveTo } from '../files.ts';
import { lookForFolder } from '../places.ts';
import { isAlive } from '../processes.ts';
import { toPaste } from '../progress/shell.ts';
import { linkTarget } from './layout.ts';

/**
 * Where `path` really is, so that a symlink stays one and what it leads to is replaced. Nothing
 * needs to be there yet.
 *
 * @throws EnvironmentError for a symlink to nothing, or for a file
 */
export async function realFolder(path: string): Promise<string> {
  const target = await linkTarget(path);
  try {
    const real = await realpath(path);
    await lookForFolder(real);
    return real;
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    if (target === undefined) return path;
    throw new EnvironmentError(`${path} is a symlink to ${target}, which is not there.`, [
      `Make that folder, or remove the symlink: ${toPaste(path, (it) => `rm -- ${it}`)}`,
    ]);
  }
}

/**
 * Replaces a folder as a whole: `build` fills a new one beside it, which then takes its place. If it
 * fails or is aborted, the old one stays and the new one goes.
 *
 * A kill leaves `.<name>.<pid>.partial`, or `.<name>.<pid>.old` in the instant between two renames;
 * the next {@link removeStaleFolders} puts that right.
 *
 * @param folder as {@link realFolder} gives it
 * @param build gets the path of the new, empty folder
 * @returns what `build` does, and the path of the old folder if that could not be removed
 */
export async function replaceFolder<Built>(
  folder: string,
  build: (partial: string) => Promise<Built>,
): Promise<{ built: Built; undeleted?: string }> {
  const [partial, old] = [beside(folder, 'partial'), beside(folder, 'old')];
  await mkdir(dirname(folder), { recursive: true });
  let built: Built;
  try {
    await mkdir(partial);
    built = await build(partial);
    await swap(folder, partial, old);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
  await rm(old, { recursive: true, force: true }).catch(() => {});
  return (await exists(old)) ? { built, undeleted: old } : { built };
}

/**
 * Removes what killed runs left beside `folder`, and brings back an old folder that one had moved
 * away. Those of a process that still runs are left alone.
 */
export async function removeStaleFolders(folder: string): Promise<void> {
  const parent = dirname(folder);
  for (const name of await readdir(parent).catch(() => [])) {
    const [, owner, pid, kind] = /^\.(.+)\.(\d+)\.(partial|old)$/.exec(name) ?? [];
    if (owner !== basename(folder) || isOfAnother(Number(pid))) continue;
    const path = join(parent, name);
    if (kind === 'old' && !(await exists(folder))) await moveTo(path, folder);
    else await rm(path, { recursive: true, force: true });
  }
}

function beside(folder: string, kind: 'partial' | 'old'): string {
  return join(dirname(folder), `.${basename(folder)}.${process.pid}.${kind}`);
}

async function swap(folder: string, partial: string, old: string): Promise<void> {
  const moved = await moveTo(folder, old).then(
    () => true,
    (error: unknown) => {
      if (systemCode(error) === 'ENOENT') return false;
      throw error;
    },
  );
  try {
    await moveTo(partial, folder);
  } catch (error) {
    if (moved) await moveTo(old, folder);
    throw error;
  }
}

/** Whether it is another process's that runs; our own id can only be that of a dead one before us. */
function isOfAnother(pid: number): boolean {
  return pid !== process.pid && isAlive(pid);
}
