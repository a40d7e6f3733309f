import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { localDisk } from '../files.ts';
import type { Project } from '../project.ts';
import type { SubmissionRun } from './run-plan.ts';

/** Where a run keeps its results until they are whole, so that two runs in a project stay apart. */
export interface WorkFolder {
  readonly folder: string;
  readonly archive: string;
  readonly subset: string;
}

/** The run's own folder inside `submission/`; it need not be there. */
export function workFolder(project: Project, { id, owner }: WorkOwner): WorkFolder {
  const folder = join(project.submission, `.run-${owner.hostname}-${owner.pid}-${id}`);
  return {
    folder,
    archive: join(folder, basename(project.archive)),
    subset: join(folder, basename(project.subset)),
  };
}

type WorkOwner = Pick<SubmissionRun, 'id' | 'owner'>;

/** Makes the folder. @throws EnvironmentError where the disk is full or not ours */
export async function makeWorkFolder({ folder }: WorkFolder): Promise<void> {
  await localDisk(`make ${folder}`, () => mkdir(folder));
}

/** Makes a result the project's, in place of an earlier one; nothing happens where there is none. */
export async function publish(source: string, target: string): Promise<void> {
  await localDisk(`write ${target}`, () =>
    rename(source, target).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    }),
  );
}

/** Removes what a `vsc` of this machine that was killed had not finished. */
export async function removeUnfinished(
  project: Project,
  { hostname, isAlive }: { readonly hostname: string; readonly isAlive: (pid: number) => boolean },
): Promise<void> {
  for (const name of await readdir(project.submission)) {
    const [, host, pid] = /^\.run-(.+)-(\d+)-[0-9a-f]+$/.exec(name) ?? [];
    if (host !== hostname || isAlive(Number(pid))) continue;
    await rm(join(project.submission, name), { recursive: true, force: true });
  }
}
