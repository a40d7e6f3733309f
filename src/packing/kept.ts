import { readdir, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { localDisk } from '../files.ts';
import { keptRuns, type Project } from '../project.ts';
import { walk } from '../walk.ts';
import type { Cleaned, CleanTools } from './clean.ts';

/**
 * Deletes the folders of runs that failed and were kept to be looked at.
 * @throws EnvironmentError for what can't be deleted; the signal's reason
 */
export async function cleanKept(
  project: Project,
  dryRun: boolean,
  { signal }: Pick<CleanTools, 'signal'>,
): Promise<Cleaned> {
  const { folders, isKept } = keptRuns(project);
  const paths: string[] = [];
  let bytes = 0;
  for (const folder of folders) {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (!entry.isDirectory() || !isKept(entry.name)) continue;
      const path = join(folder, entry.name);
      await localDisk(`look into ${path}`, async () => {
        for await (const { stats } of walk(path, { signal, lenient: true })) {
          if (stats.isFile()) bytes += stats.size;
        }
      });
      if (!dryRun) await localDisk(`delete ${path}`, () => rm(path, { recursive: true }));
      paths.push(relative(project.root, path));
    }
  }
  return { paths: paths.sort(), bytes };
}
