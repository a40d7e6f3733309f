import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvironmentError, systemCode } from '../errors.ts';
import { systemFiles } from '../files.ts';
import { visibleLine } from '../progress/visible.ts';

/** A file that goes into a submission. */
export interface PackEntry {
  /** Its name in the zip, with `/`. */
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  readonly executable: boolean;
}

/**
 * The files below `folder`, sorted by name (code unit order, the same on every machine), without
 * excluded ones. Symbolic links count as what they point to.
 * @throws EnvironmentError for a link to nowhere or in a circle, and for what is no file
 */
export async function listContents(folder: string): Promise<PackEntry[]> {
  const entries: PackEntry[] = [];
  await walk(folder, '', [await realpath(folder)], entries);
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function walk(
  folder: string,
  prefix: string,
  above: readonly string[],
  entries: PackEntry[],
): Promise<void> {
  for (const name of await readdir(folder)) {
    if (isExcluded(name)) continue;
    const path = join(folder, name);
    const stats = await statFollowing(path);
    if (stats.isDirectory()) {
      const real = await realpath(path);
      if (above.includes(real)) {
        throw new EnvironmentError(`${visibleLine(path)} links to a folder that it is in itself.`);
      }
      await walk(path, `${prefix}${name}/`, [...above, real], entries);
    } else if (stats.isFile()) {
      const executable = (stats.mode & 0o111) !== 0;
      entries.push({ name: `${prefix}${name}`, path, bytes: stats.size, executable });
    } else {
      throw new EnvironmentError(
        `${visibleLine(path)} is neither a file nor a folder: it can't be packed.`,
      );
    }
  }
}

async function statFollowing(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    const code = systemCode(error);
    if (code !== 'ENOENT' && code !== 'ELOOP') throw error;
    throw new EnvironmentError(
      `${visibleLine(path)} is a link that leads nowhere.`,
      ['Remove or mend it.'],
      {
        cause: error,
      },
    );
  }
}

/** Whether a file or folder of this name is Python's cache. */
export function isPythonCache(name: string): boolean {
  return name === '__pycache__' || /\.py[co]$/.test(name);
}

/** Whether what has this name is an editor's, a tool's or the system's, and stays out of a submission. */
function isExcluded(name: string): boolean {
  const isTools = ['__MACOSX', '.ipynb_checkpoints'].includes(name) || name.startsWith('.git');
  return isTools || systemFiles.has(name) || isPythonCache(name);
}
