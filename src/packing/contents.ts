import { lstat, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvironmentError, systemCode } from '../errors.ts';
import { systemFiles } from '../files.ts';
import { whatIs } from '../places.ts';
import { visibleLine } from '../progress/visible.ts';
import { maxDepth, maxEntries, namesIn, tooDeep, tooMany } from '../walk.ts';

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
 * @throws EnvironmentError for a link to nowhere or in a circle, for what is no file, for a name that
 * is not UTF-8, and for more than a submission may have; the system's errors; the signal's reason
 */
export async function listContents(folder: string, signal?: AbortSignal): Promise<PackEntry[]> {
  const contents = await new FolderReader(signal).read(folder);
  if (contents.size > maxEntries) {
    throw tooMany(folder, ', what links lead to counted as often as they do');
  }
  return entriesOf(contents, '').sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What is in a folder that was read, its files under their own names. */
interface Folder {
  readonly files: readonly PackEntry[];
  readonly folders: readonly (readonly [name: string, folder: Folder])[];
  /** Files and folders below it. */
  readonly size: number;
  /** Names that the longest path below it has. */
  readonly depth: number;
}

/**
 * Reads each folder once, however often links lead to it: two to the next one in each of 32 make
 * 2^32 paths.
 */
class FolderReader {
  readonly #signal: AbortSignal | undefined;
  /** By where they really are. */
  readonly #known = new Map<string, Folder>();
  #seen = 0;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  /** @param above where the folders really are that `path` is in */
  async read(path: string, above: readonly string[] = []): Promise<Folder> {
    const real = await realpath(path);
    if (above.includes(real)) {
      throw new EnvironmentError(`${visibleLine(path)} links to a folder that it is in itself.`);
    }
    const folder = this.#known.get(real) ?? (await this.#readNew(path, [...above, real]));
    if (above.length + folder.depth > maxDepth) throw tooDeep(path);
    this.#known.set(real, folder);
    return folder;
  }

  async #readNew(path: string, above: readonly string[]): Promise<Folder> {
    const files: PackEntry[] = [];
    const folders: [string, Folder][] = [];
    for (const name of await namesIn(path, { signal: this.#signal })) {
      if (isExcluded(name)) continue;
      this.#signal?.throwIfAborted();
      this.#seen += 1;
      if (this.#seen > maxEntries) throw tooMany(path);
      if (above.length > maxDepth) throw tooDeep(path);
      const place = join(path, name);
      const stats = await statFollowing(place);
      if (stats.isDirectory()) folders.push([name, await this.read(place, above)]);
      else if (stats.isFile()) {
        const executable = (stats.mode & 0o111) !== 0;
        files.push({ name, path: place, bytes: stats.size, executable });
      } else {
        throw new EnvironmentError(
          `${visibleLine(place)} is ${whatIs(stats)}: it can't be packed.`,
        );
      }
    }
    let size = files.length + folders.length;
    let depth = size === 0 ? 0 : 1;
    for (const [, below] of folders) {
      size += below.size;
      depth = Math.max(depth, below.depth + 1);
    }
    return { files, folders, size, depth };
  }
}

/** The files of a folder by their names in the zip. */
function entriesOf({ files, folders }: Folder, prefix: string): PackEntry[] {
  return [
    ...files.map((file) => ({ ...file, name: `${prefix}${file.name}` })),
    ...folders.flatMap(([name, folder]) => entriesOf(folder, `${prefix}${name}/`)),
  ];
}

async function statFollowing(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    const code = systemCode(error);
    const isLink = (await lstat(path).catch(() => undefined))?.isSymbolicLink();
    if (!isLink || (code !== 'ENOENT' && code !== 'ELOOP')) throw error;
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
