import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { removeStaleContainers } from '../engine/container-labels.ts';
import { localDisk } from '../files.ts';
import type { Project } from '../project.ts';
import type { Track } from '../tracks/track.ts';
import type { Prepared, RehearsalWorld, WorkFolder } from './prepared.ts';

/** The run's own folder inside `submission/`; it need not be there. */
export function workFolder(
  project: Project,
  { run: { made } }: Pick<Track, 'run'>,
  run: {
    readonly id: string;
    readonly owner: { readonly pid: number; readonly hostname: string };
  },
): WorkFolder {
  const { hostname, pid } = run.owner;
  const folder = join(project.submission, `.run-${hostname}-${pid}-${run.id}`);
  const inside = (path: string) => join(folder, basename(path));
  return {
    folder,
    frames: join(folder, 'frames'),
    archive: inside(project.archive),
    made: join(folder, made.file),
    provenance: inside(project.provenance),
    report: inside(project.report),
    reportPage: inside(project.reportPage),
  };
}

/**
 * Removes what killed runs of this project left, and makes this run's folder, which is gone when it
 * is disposed of.
 * @throws EnvironmentError where the disk is full or not ours
 */
export async function openWorkFolder(
  { request, work }: Prepared,
  { engine, owner, isAlive, reporter }: RehearsalWorld,
): Promise<AsyncDisposable> {
  const { project } = request;
  const mine = { root: project.root, hostname: owner.hostname, isAlive };
  for (const pid of await removeStaleContainers(await engine(), mine, reporter)) {
    const message = `Another vsc (process ${pid}) is at work in this project: log.txt will be this run's, and the results those of the run that ends last.`;
    reporter.report({ type: 'warning', message });
  }
  await removeStaleFolders(project, mine);
  await localDisk(`make ${work.folder}`, () => mkdir(work.folder));
  return { [Symbol.asyncDispose]: () => rm(work.folder, { recursive: true, force: true }) };
}

async function removeStaleFolders({ submission }: Project, machine: ThisMachine): Promise<void> {
  for (const { name, isAtWork } of await runsIn(submission, machine)) {
    if (isAtWork) continue;
    const folder = join(submission, name);
    await localDisk(`delete ${folder}`, () => rm(folder, { recursive: true, force: true }));
  }
}

/** This machine, and which of its processes there are. */
interface ThisMachine {
  readonly hostname: string;
  readonly isAlive: (pid: number) => boolean;
}

/** The work folders of rehearsals of this machine that are at work in `submission`, by their names. */
export async function runsAtWork(
  submission: string,
  {
    owner,
    isAlive,
  }: Pick<RehearsalWorld, 'isAlive'> & { readonly owner: { readonly hostname: string } },
): Promise<readonly string[]> {
  const runs = await runsIn(submission, { ...owner, isAlive }).catch(() => []);
  return runs.flatMap(({ name, isAtWork }) => (isAtWork ? name : []));
}

/** The work folders that rehearsals of this machine made. */
async function runsIn(submission: string, { hostname, isAlive }: ThisMachine) {
  return (await readdir(submission)).flatMap((name) => {
    const [, host, pid] = /^\.run-(.+)-(\d+)-[0-9a-f]+$/.exec(name) ?? [];
    return host === hostname ? { name, isAtWork: isAlive(Number(pid)) } : [];
  });
}
