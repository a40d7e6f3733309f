import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Job, Scheduler, TaskArray, TaskStates } from '../../src/scheduler/port.ts';

/** What schedulers run a task of a test with, whose folder becomes the last argument. */
export const worker = ['bash', fileURLToPath(new URL('worker.sh', import.meta.url))] as const;

/** Runs until the test lets it end, or it is ended. */
export const gated = 'while [ ! -e go ]; do sleep 0.05; done';

/** Lets a {@link gated} task end. */
export async function letGo(...tasks: readonly string[]): Promise<void> {
  for (const task of tasks) await writeFile(join(task, 'go'), '');
}

/** Tasks in a folder, by their names: each runs a script of the shell, in its own folder. */
export async function scriptedTasks(
  folder: string,
  scripts: Readonly<Record<string, string>>,
): Promise<string[]> {
  const tasks: string[] = [];
  for (const [name, script] of Object.entries(scripts)) {
    const task = join(folder, name);
    await mkdir(task, { recursive: true });
    await writeFile(join(task, 'run.sh'), `${script}\n`);
    tasks.push(task);
  }
  return tasks;
}

/** One time that a task began. */
export interface Beginning {
  readonly node: string;
  readonly gpus: string;
  readonly pid: number;
}

/** All times that a task began. */
export async function beginnings(task: string): Promise<Beginning[]> {
  const text = await readFile(join(task, 'began'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [node = '', gpus = '', pid] = line.split('|');
      return { node, gpus, pid: Number(pid) };
    });
}

/** Waits until a task has begun so often. @returns the last time */
export async function hasBegun(task: string, times = 1): Promise<Beginning> {
  for (;;) {
    const begun = await beginnings(task);
    const last = begun[times - 1];
    if (last !== undefined) return last;
    await sleep(50);
  }
}

/** Hands tasks over. @returns the jobs, as a file would keep them */
export async function handOver(
  scheduler: Scheduler,
  { tasks, ...change }: Partial<TaskArray> & Pick<TaskArray, 'tasks' | 'folder'>,
): Promise<Job[]> {
  const jobs: Job[] = [];
  const name = `vsc-test-${Math.random().toString(16).slice(2)}`;
  const array = { name, tasks, needs: { cores: 1, gpus: 0 }, avoid: [], ...change };
  const keep = async (job: Job) => void jobs.push(JSON.parse(JSON.stringify(job)));
  await scheduler.submit(array, keep, AbortSignal.timeout(60_000));
  return jobs;
}

/** Watches to the end. @returns the last states, and the kinds that each task went through */
export async function watchAll(
  scheduler: Scheduler,
  jobs: readonly Job[],
  onStates: (states: TaskStates) => Promise<void> | void = () => {},
  onSilence: (why: string) => void = () => {},
) {
  const ways = new Map<string, string[]>();
  let last: TaskStates = new Map();
  for await (const states of scheduler.watch(jobs, AbortSignal.timeout(110_000), onSilence)) {
    last = states;
    for (const [task, { kind }] of states) {
      const way = ways.get(task) ?? [];
      if (way.at(-1) !== kind) ways.set(task, [...way, kind]);
    }
    await onStates(states);
  }
  return { last, ways };
}
