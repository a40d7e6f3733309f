import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EnvironmentError, systemCode } from '../errors.ts';
import { systemFiles } from '../files.ts';
import { openFile } from '../places.ts';
import { shownName } from '../progress/visible.ts';
import { namesIn } from '../walk.ts';

/** What sample data say of themselves, in the folder that holds them. */
export interface SampleRecord {
  /** Of the recipe: the same seed of another version gives other videos. */
  readonly version: string;
  readonly seed: number;
  /** The size in bytes of every file, by its path in the folder, with `/`. */
  readonly files: Readonly<Record<string, number>>;
}

/** The file by which a folder of sample data is known. */
export const recordName = 'sample-data.json';

/** What may stand beside the datasets, and stays when they are made anew. */
const notices: ReadonlySet<string> = new Set(['.gitkeep', 'README.md']);

/** What is in a folder where sample data are to be. */
export interface Present {
  /** Whether sample data are there. */
  readonly hasSamples: boolean;
  /** Names of the files that stay. */
  readonly notices: readonly string[];
}

/**
 * Makes sure that a folder is empty, or holds nothing but sample data as they were made. Some of them
 * may be gone; a file that was changed or added is the user's.
 * @throws EnvironmentError that names what is there besides; the signal's reason
 */
export async function requireOwn(folder: string, signal: AbortSignal): Promise<Present> {
  const record = await readRecord(join(folder, recordName));
  const names = await namesIn(folder, { signal }).catch(ifNothing([]));
  const kept = names.filter((name) => notices.has(name));
  const ours = new Set(record === undefined ? kept : [...kept, recordName]);
  const others = names.filter((name) => !ours.has(name));
  const foreign = await foreignAmong(others, folder, record?.files ?? {}, signal);
  if (foreign.length === 0) return { hasSamples: record !== undefined, notices: kept };
  const more = foreign.length > 5 ? ` and ${foreign.length - 5} more` : '';
  throw new EnvironmentError(
    `${folder} holds what "vsc sample-data" did not put there, and would be replaced: ` +
      `${foreign.slice(0, 5).map(shownName).join(', ')}${more}.`,
    ['Make the sample data in another folder: vsc -C DIR sample-data', 'Or move these away.'],
  );
}

/** Those of the paths in a folder that are not as `files` has them; of a foreign folder itself alone. */
async function foreignAmong(
  paths: readonly string[],
  folder: string,
  files: SampleRecord['files'],
  signal: AbortSignal,
): Promise<string[]> {
  const folders = new Set(Object.keys(files).flatMap((path) => foldersOf(path)));
  const foreign: string[] = [];
  for (const path of paths) {
    signal.throwIfAborted();
    const stats = await lstat(join(folder, path));
    if (stats.isDirectory() && folders.has(path)) {
      const inside = (await namesIn(join(folder, path), { signal })).map((it) => `${path}/${it}`);
      foreign.push(...(await foreignAmong(inside, folder, files, signal)));
    } else if (stats.isFile()) {
      const isStray = systemFiles.has(path.slice(path.lastIndexOf('/') + 1));
      if (!isStray && files[path] !== stats.size) foreign.push(path);
    } else foreign.push(path);
  }
  return foreign;
}

function foldersOf(path: string): string[] {
  const folder = dirname(path);
  return folder === '.' ? [] : [folder, ...foldersOf(folder)];
}

/** Undefined where there is none that can be understood: then nothing there is known to be ours. */
async function readRecord(path: string): Promise<SampleRecord | undefined> {
  const file = await openFile(path).catch(ifNothing(undefined));
  if (file === undefined) return undefined;
  try {
    const { version, seed, files } = Object(JSON.parse(await file.readFile('utf8')));
    return typeof files === 'object' && files !== null ? { version, seed, files } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  } finally {
    await file.close();
  }
}

function ifNothing<T>(value: T) {
  return (error: unknown): T => {
    if (systemCode(error) === 'ENOENT') return value;
    throw error;
  };
}
