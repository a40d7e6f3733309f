import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { linkOrCopy } from '../dataset/transfer.ts';
import { removeStaleContainers } from '../engine/container-labels.ts';
import { exists, localDisk, moveTo } from '../files.ts';
import { keptFolder, type Project, resultsOf } from '../project.ts';
import type { Track } from '../tracks/track.ts';
import { walk } from '../walk.ts';
import type { Outcome } from './collect.ts';
import type { Prepared, RehearsalWorld, WorkFolder } from './prepared.ts';

/** A run, as the name of its folder tells it. */
interface NamedRun {
  readonly id: string;
  readonly owner: { readonly pid: number; readonly hostname: string };
}

/** A folder of a run's own inside that of the results; it need not be there. */
export function runFolder(submission: string, { id, owner }: NamedRun): string {
  return join(submission, `.run-${owner.hostname}-${owner.pid}-${id}`);
}

/** The run's own folder inside `submission/`; it need not be there. */
export function workFolder(
  project: Project,
  { run: { made } }: Pick<Track, 'run'>,
  run: NamedRun,
): WorkFolder {
  const folder = runFolder(project.submission, run);
  const inside = (path: string) => join(folder, basename(path));
  return {
    folder,
    frames: join(folder, 'frames'),
    archive: inside(project.archive),
    made: join(folder, made.file),
    excerpt: join(folder, 'excerpt.zip'),
    rescued: join(folder, 'code_execution', made.file),
    provenance: inside(project.provenance),
    report: inside(project.report),
    reportPage: inside(project.reportPage),
  };
}

/** A run's folder while the run lasts. When it is disposed of, it is gone, or kept. */
export interface OpenedFolder extends AsyncDisposable {
  /** The run has come to an end, and its results are published. @returns where its folder is kept, if it is */
  end(outcome: Outcome): Promise<string | undefined>;
}

/**
 * Removes what killed runs of this project left, and makes this run's folder. It is kept, under another name, where
 * that was asked for and the run fails, if not by an interruption; later runs leave it alone.
 * @throws EnvironmentError where the disk is full or not ours
 */
export async function openWorkFolder(
  prepared: Prepared,
  { engine, owner, isAlive, reporter, signal }: RehearsalWorld,
): Promise<OpenedFolder> {
  const { request, work } = prepared;
  const { project, track } = request;
  const mine = { root: project.root, hostname: owner.hostname, isAlive };
  for (const pid of await removeStaleContainers(await engine(), mine, reporter)) {
    const message = `Another vsc (process ${pid}) is at work in this project: log.txt will be this run's, and the results those of the run that ends last.`;
    reporter.report({ type: 'warning', message });
  }
  await removeStaleFolders(project, mine);
  await localDisk(`make ${work.folder}`, () => mkdir(work.folder));

  const keep = async (results: readonly string[]): Promise<string | undefined> => {
    try {
      const kept = await localDisk(`keep ${work.folder}`, () => keepFolder(prepared, results));
      const names = await localDisk(`read ${kept}`, () => filesIn(kept));
      const message = `Kept for you to look at: ${kept} (${names.join(', ')}). To remove it: vsc clean`;
      reporter.report({ type: 'note', message });
      return kept;
    } catch (error) {
      // How the run ended is told all the same.
      const why = error instanceof Error ? error.message : error;
      reporter.report({ type: 'warning', message: `The run's folder is not kept: ${why}` });
      return undefined;
    }
  };
  let hasEnded = false;
  return {
    async end({ failure }) {
      hasEnded = true;
      if (!request.keep || failure === undefined) return undefined;
      return keep(resultsOf(project, track.run.made.file));
    },
    async [Symbol.asyncDispose]() {
      // But for the log, what has these names now is an earlier run's.
      if (request.keep && !hasEnded && !signal.aborted) await keep([project.log]);
      await rm(work.folder, { recursive: true, force: true });
    },
  };
}

/** Gives the run's folder its own name, with what the run has published. @returns where it is */
async function keepFolder(
  { request: { project }, work, id }: Prepared,
  results: readonly string[],
): Promise<string> {
  for (const path of results) {
    const to = join(work.folder, basename(path));
    if ((await exists(path)) && !(await exists(to))) await linkOrCopy({ from: path, to });
  }
  const kept = join(project.submission, keptFolder(id));
  await moveTo(work.folder, kept);
  return kept;
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { path, stats } of walk(folder, {})) {
    if (stats.isFile()) names.push(relative(folder, path));
  }
  return names.sort();
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
