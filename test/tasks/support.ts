import type { EndCause, Job, Scheduler, TaskArray, TaskState } from '../../src/scheduler/port.ts';
import { runTask, type TaskRunner } from '../../src/tasks/run-task.ts';
import type { TaskSpec } from '../../src/tasks/task.ts';
import { TaskFolder } from '../../src/tasks/task-folder.ts';

export const version = '1.2.3';
export const worker = { node: 'node1', hostname: 'host', pid: 77 };

/** A task in a folder, planned. */
export async function plannedTask(path: string, change: Partial<Omit<TaskSpec, 'version'>> = {}) {
  const folder = new TaskFolder(path);
  const key = change.key ?? 'k';
  await folder.plan({ vsc: version, kind: 'test', key, inputs: [], work: {}, ...change });
  return { name: path.split('/').at(-1) ?? '', folder, key };
}

/** What comes of a try: it is run, or it is lost to one of these causes; `stuck` runs until it is cancelled. */
export type Fate = 'runs' | EndCause | 'stuck';

/** A scheduler whose tasks meet what the test says, try by try; the last fate holds on. */
export class ScriptedScheduler implements Scheduler {
  readonly name = 'Scripted';
  readonly outlives: boolean;
  readonly attempts: number;
  readonly arrays: TaskArray[] = [];
  readonly cancelled: Job[] = [];
  readonly dropped: string[] = [];
  inTheWay: readonly string[] = [];
  readonly #fates: Readonly<Record<string, readonly Fate[]>>;
  readonly #runners: Readonly<Record<string, TaskRunner>>;
  readonly #jobs: Job[] = [];
  readonly #tries = new Map<string, number>();
  readonly #states = new Map<string, TaskState>();

  constructor(
    fates: Readonly<Record<string, readonly Fate[]>>,
    run: TaskRunner,
    { outlives = true, attempts = 3 } = {},
  ) {
    this.#fates = fates;
    this.#runners = {
      test: run,
      probe: async (_, attempt) => attempt.succeed({ engine: 'Docker', hasImage: true }),
    };
    this.outlives = outlives;
    this.attempts = attempts;
  }

  /** The tasks of each array, by the names of their folders; looks around are left out. */
  get handedOver(): readonly (readonly string[])[] {
    const arrays = this.arrays.filter(({ name }) => !name.startsWith('vsc-probe'));
    return arrays.map(({ tasks }) => tasks.map(nameOf));
  }

  async check() {
    return this.inTheWay;
  }

  async submit(array: TaskArray, onJob: (job: Job) => Promise<void>) {
    this.arrays.push(array);
    for (const task of array.tasks) this.#states.set(task, { kind: 'waiting', reason: 'Priority' });
    const job = { id: String(this.arrays.length), name: array.name, tasks: array.tasks };
    this.#jobs.push(job);
    await onJob(job);
  }

  async find({ name }: Pick<TaskArray, 'name'>) {
    return this.#jobs.filter((job) => job.name === name);
  }

  async *watch(jobs: readonly Job[], signal: AbortSignal) {
    const tasks = jobs.flatMap((job) => job.tasks);
    const unknown = { kind: 'over', cause: 'unknown' } as const;
    for (;;) {
      signal.throwIfAborted();
      const states = new Map(tasks.map((task) => [task, this.#states.get(task) ?? unknown]));
      yield states;
      if ([...states.values()].every(({ kind }) => kind === 'over')) return;
      for (const task of tasks) await this.#step(task);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async drop(_: readonly Job[], tasks: readonly string[]) {
    this.dropped.push(...tasks.map(nameOf));
    for (const task of tasks) this.#tries.set(task, (this.#tries.get(task) ?? 0) + 1);
  }

  async cancel(jobs: readonly Job[]) {
    this.cancelled.push(...jobs);
    for (const task of jobs.flatMap((job) => job.tasks)) {
      if (this.#states.get(task)?.kind !== 'over') {
        this.#states.set(task, { kind: 'over', cause: 'cancelled' });
      }
    }
  }

  async #step(task: string): Promise<void> {
    const state = this.#states.get(task);
    if (state?.kind === 'waiting') {
      this.#states.set(task, { kind: 'running', node: 'node1' });
      return;
    }
    if (state?.kind !== 'running') return;
    const tried = this.#tries.get(task) ?? 0;
    const fates = this.#fates[nameOf(task)] ?? ['runs'];
    const fate = fates[Math.min(tried, fates.length - 1)] ?? 'runs';
    if (fate === 'stuck') return;
    this.#tries.set(task, tried + 1);
    const signal = new AbortController().signal;
    if (fate === 'runs') {
      await runTask(task, this.#runners, { signal, worker, version }).catch(() => {});
    }
    const cause = fate === 'runs' ? 'ended' : fate;
    this.#states.set(task, { kind: 'over', cause, node: 'node1', detail: cause.toUpperCase() });
  }
}

function nameOf(task: string): string {
  return task.split('/').at(-1) ?? '';
}
