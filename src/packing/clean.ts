import { lstat, readdir, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
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
  const paths: string[] = [];
  let bytes = 0;
  for (const folder of codeFolders) {
    for (const cache of (await findCaches(join(root, folder))).sort()) {
      paths.push(relative(root, cache));
      bytes += await sizeOf(cache);
      if (!dryRun) await rm(cache, { recursive: true, force: true });
    }
  }
  return { paths, bytes };
}

async function findCaches(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return [];
    throw error;
  });
  const found: string[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (isPythonCache(entry.name)) found.push(path);
    else if (entry.isDirectory()) found.push(...(await findCaches(path)));
  }
  return found;
}

async function sizeOf(path: string): Promise<number> {
  const stats = await lstat(path);
  if (!stats.isDirectory()) return stats.size;
  let bytes = 0;
  for (const name of await readdir(path)) bytes += await sizeOf(join(path, name));
  return bytes;
}
