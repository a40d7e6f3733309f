import { lstat, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { localDisk } from '../files.ts';
import type { Reporter } from '../progress/events.ts';
import { type Found, walk } from '../walk.ts';
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

/** What cleaning needs of the world. */
export interface CleanTools {
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/**
 * Deletes Python's caches below the project's own folders. No symbolic link is followed, not even one
 * in the place of such a folder, which is told.
 * @throws EnvironmentError for what can't be deleted; the signal's reason
 */
export async function cleanCaches(
  root: string,
  dryRun: boolean,
  { reporter, signal }: CleanTools,
): Promise<Cleaned> {
  const paths: string[] = [];
  let bytes = 0;
  for (const name of codeFolders) {
    const folder = join(root, name);
    const stats = await lstat(folder).catch(() => undefined);
    if (stats?.isSymbolicLink()) {
      const message = `${folder} is a symlink: what it leads to is left as it is.`;
      reporter.report({ type: 'warning', message });
    }
    if (!stats?.isDirectory()) continue;
    const { caches, entries } = await localDisk(`look into ${folder}`, () => find(folder, signal));
    for (const cache of caches) paths.push(`${name}/${cache}`);
    bytes += entries.reduce((sum, { stats }) => sum + (stats.isDirectory() ? 0 : stats.size), 0);
    if (!dryRun) await remove(entries, signal);
  }
  return { paths, bytes };
}

/** The caches in a folder, sorted, and all that goes with them, a folder before what is in it. */
async function find(
  folder: string,
  signal: AbortSignal,
): Promise<{ caches: readonly string[]; entries: readonly Found[] }> {
  const caches = new Set<string>();
  const entries: Found[] = [];
  for await (const found of walk(folder, { signal, lenient: true })) {
    const names = found.name.split('/');
    const at = names.findIndex(isPythonCache);
    if (at < 0) continue;
    caches.add(names.slice(0, at + 1).join('/'));
    entries.push(found);
  }
  return { caches: [...caches].sort(), entries };
}

async function remove(entries: readonly Found[], signal: AbortSignal): Promise<void> {
  for (const { path, stats } of [...entries].reverse()) {
    signal.throwIfAborted();
    const isFolder = stats.isDirectory();
    await localDisk(`delete ${path}`, () => (isFolder ? rmdir(path) : rm(path, { force: true })));
  }
}
