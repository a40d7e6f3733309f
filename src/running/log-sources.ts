import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as v from 'valibot';
import { EnvironmentError } from '../errors.ts';
import { isFile } from '../files.ts';
import { didYouMean } from '../nearest.ts';
import { quoted } from '../progress/visible.ts';
import type { Project } from '../project.ts';
import { runsAtWork } from '../rehearsal/work-folder.ts';
import { type Alive, readJson, TaskFolder } from '../tasks/task-folder.ts';
import type { LogSource } from './tell-log.ts';

/** The project's folders for the work of `vsc batch` and `vsc describe`, and where in a work its tasks are. */
export const taskPlaces = { batch: 'submissions', describe: 'shards' } as const;

/** The log of the project's rehearsals, of which the last one's is there. */
export function rehearsalLog({ log, submission }: Project, alive: Alive): LogSource {
  return {
    path: async () => ((await stat(log).catch(() => undefined)) === undefined ? undefined : log),
    isGrowing: async () => (await runsAtWork(submission, alive)).length > 0,
  };
}

/** What to say where nothing has run yet. */
export function noLog(project: Project): EnvironmentError {
  return new EnvironmentError(`There is no log yet: ${project.log} is not there.`, [
    'Run "vsc test-submission": it writes one.',
    'Of a submission of a batch, or of a shard of describe: vsc logs NAME',
  ]);
}

/**
 * The log of a submission of a batch or a shard of describe, by the name of its zip or its own; of several of that
 * name the one that was written last.
 * @throws EnvironmentError where there is none of that name, or nothing of it has run
 */
export async function taskLog({ root }: Project, name: string, alive: Alive): Promise<LogSource> {
  const all = await taskFolders(root);
  const wanted = name.replace(/\.zip$/i, '');
  const exact = all.filter((path) => basename(path) === wanted);
  const found = exact.length > 0 ? exact : await withZip(all, wanted);
  if (found.length === 0) {
    const names = [...new Set(all.map((path) => basename(path)))];
    const where = 'is no submission of a batch here, and no shard of describe.';
    throw new EnvironmentError(`${quoted(name)} ${where}${didYouMean(wanted, names)}`, [
      'Without a name: the log of the last "vsc test-submission".',
    ]);
  }
  const sources = found.map((path) => logOf(new TaskFolder(path), alive));
  const times = await Promise.all(sources.map(async (source) => changed(await source.path())));
  const last = sources[times.indexOf(Math.max(...times))];
  const isThere = times.some((time) => time > 0) || (await last?.isGrowing());
  if (last !== undefined && isThere) return last;
  throw new EnvironmentError(`There is no log of ${quoted(name)}: nothing of it has run.`, [
    `What is known of it is in ${found.join(', ')}`,
  ]);
}

async function taskFolders(root: string): Promise<readonly string[]> {
  const inside = async (folder: string) =>
    (await readdir(folder).catch(() => [])).map((name) => join(folder, name));
  const works = Object.entries(taskPlaces).map(async ([command, tasks]) => {
    const folders = (await inside(join(root, command))).map((work) => inside(join(work, tasks)));
    return (await Promise.all(folders)).flat();
  });
  return (await Promise.all(works)).flat();
}

const workSchema = v.object({ work: v.object({ zip: v.string() }) });

/** Those of a zip whose name was no name for a folder, which their own name says by its mark. */
async function withZip(folders: readonly string[], name: string): Promise<readonly string[]> {
  const marked = folders.filter((path) => /~[0-9a-f]{8}$/.test(path));
  const found = marked.map(async (path) => {
    const zip = (await readJson(join(path, 'task.json'), workSchema))?.work.zip ?? '';
    return basename(zip).replace(/\.zip$/i, '') === name ? [path] : [];
  });
  return (await Promise.all(found)).flat();
}

/** A task's log: of the attempt at work, else of the one that came to its end, else of the last that was kept from it. */
function logOf(task: TaskFolder, alive: Alive): LogSource {
  const logsIn = async (folders: readonly string[]) => {
    const logs = folders.map((folder) => join(folder, 'log.txt'));
    const there = await Promise.all(logs.map(isFile));
    return logs.filter((_, at) => there[at]);
  };
  const latest = async (folders: readonly string[]) => {
    const logs = await logsIn(folders);
    const times = await Promise.all(logs.map(changed));
    return logs[times.indexOf(Math.max(...times))];
  };
  const faults = join(task.path, 'faults');
  return {
    path: async () =>
      (await latest(await task.atWork(alive))) ??
      (await latest(['done', 'failed'].map((ending) => join(task.path, ending)))) ??
      latest((await readdir(faults).catch(() => [])).map((fault) => join(faults, fault))),
    isGrowing: async () => (await task.atWork(alive)).length > 0,
  };
}

/** When a file was written to last, in milliseconds since 1970; 0 for none. */
async function changed(path: string | undefined): Promise<number> {
  if (path === undefined) return 0;
  return (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
}
