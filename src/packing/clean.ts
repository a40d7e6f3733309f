import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../errors.ts';
import { isPythonCache } from './contents.ts';

/** The project's folders that hold Python code. */
const codeFolders = [
  'submission_src',
  'submission_quickstart',
  'submission_benchmark',
  'runtime',
] as const;

/** What was deleted: paths relative to the project, and the bytes of their files. */
export interface Cleaned {
  readonly paths: readonly string[];
  readonly bytes: number;
}

/** Deletes Python's caches below the project's own folders; symbolic links are not followed. */
export async function cleanCaches(root: string, dryRun = false): Promise<Cleaned> {
  const found: string[] = [];
  let bytes = 0;
  for (const folder of codeFolders) {
    for (const path of await findCaches(root, folder)) {
      bytes += await sizeOf(join(root, path));
      found.push(path);
      if (!dryRun) await rm(join(root, path), { recursive: true, force: true });
    }
  }
  return { paths: found, bytes };
}

async function findCaches(root: string, folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await entriesOf(join(root, folder))) {
    const path = join(folder, entry.name);
    if (isPythonCache(entry.name)) found.push(path);
    else if (entry.isDirectory()) found.push(...(await findCaches(root, path)));
  }
  return found.sort();
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return [];
    throw error;
  }
}

async function sizeOf(path: string): Promise<number> {
  const stats = await lstat(path);
  if (!stats.isDirectory()) return stats.size;
  let bytes = 0;
  for (const name of await readdir(path)) bytes += await sizeOf(join(path, name));
  return bytes;
}
