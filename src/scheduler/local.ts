import { EventEmitter, once } from 'node:events';
import {
  isOver,
  type Job,
  type Scheduler,
  type TaskArray,
  type TaskState,
  type TaskStates,
} from './port.ts';

/** How tasks run on this machine. */
export interface LocalOptions {
  /** Most tasks at a time. */
  readonly parallel: number;
  /** This machine's name. */
  readonly node: string;
  /** Runs a task, given its folder, until the signal ends it. That it threw is no more than a detail. */
  readonly work: (task: string, signal: AbortSignal) => Promise<void>;
}

/** A task as this process knows it. */
interface LocalTask {
  readonly folder: string;
  state: TaskState;
  readonly stop: AbortController;
  /** Settles when it has ended, once it was begun. */
  ended?: Promise<void>;
}

interface LocalJob {
  readonly tasks: readonly LocalTask[];
  readonly atOnce: number;
}

/** Runs tasks in this process. They end with it, and nobody else knows of them. */
export function localScheduler(options: LocalOptions): Scheduler {
  return new LocalScheduler(options);
}

class LocalScheduler implements Scheduler {
  readonly name = 'this machine';
  readonly outlives = false;
  readonly attempts = 1;
  readonly #options: LocalOptions;
  /** By the arrays' names. */
  readonly #jobs = new Map<string, LocalJob>();
  readonly #changes = new EventEmitter<{ change: [] }>().setMaxListeners(0);
  /** How often a state has changed. */
  #changed = 0;

  constructor(options: LocalOptions) {
    this.#options = options;
  }

  /** A container that asks for more than there is is refused by the engine, in its own words. */
  async check(): Promise<readonly string[]> {
    return [];
  }

  async submit(
    { name, tasks, atOnce = Number.POSITIVE_INFINITY }: TaskArray,
    onJob: (job: Job) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    signal.throwIfAborted();
    await onJob({ id: name, name, tasks });
    const waiting = (folder: string): LocalTask => ({
      folder,
      state: { kind: 'waiting' },
      stop: new AbortController(),
    });
    this.#jobs.set(name, { tasks: tasks.map(waiting), atOnce });
    this.#begin();
  }

  /** Nobody else hands over what ends with this process. */
  async find(): Promise<readonly Job[]> {
    return [];
  }

  async *watch(jobs: readonly Job[], signal: AbortSignal): AsyncGenerator<TaskStates> {
    for (let told: TaskStates | undefined; told === undefined || !isOver(told); ) {
      signal.throwIfAborted();
      const seen = this.#changed;
      told = this.#statesOf(jobs);
      yield told;
      // While others looked at the states, some may have changed.
      if (seen === this.#changed && !isOver(told)) {
        await once(this.#changes, 'change', { signal }).catch(() => signal.throwIfAborted());
      }
    }
  }

  async drop(jobs: readonly Job[], folders: readonly string[]): Promise<void> {
    const tasks = this.#tasksOf(jobs);
    for (const folder of folders) this.#end(tasks.findLast((task) => task.folder === folder));
  }

  async cancel(jobs: readonly Job[]): Promise<void> {
    const tasks = this.#tasksOf(jobs);
    for (const task of tasks) this.#end(task);
    await Promise.all(tasks.map(({ ended }) => ended));
  }

  #tasksOf(jobs: readonly Job[]): readonly LocalTask[] {
    return jobs.flatMap(({ name }) => this.#jobs.get(name)?.tasks ?? []);
  }

  #end(task: LocalTask | undefined): void {
    if (task?.state.kind === 'waiting') this.#tell(task, { kind: 'over', cause: 'cancelled' });
    else task?.stop.abort();
  }

  /** Begins as many tasks as there is room for, in the order in which they came. */
  #begin(): void {
    let room = this.#options.parallel - [...this.#jobs.values()].reduce(running, 0);
    for (const job of this.#jobs.values()) {
      let roomInJob = job.atOnce - running(0, job);
      for (const task of job.tasks) {
        if (room <= 0 || roomInJob <= 0) break;
        if (task.state.kind !== 'waiting') continue;
        room -= 1;
        roomInJob -= 1;
        task.ended = this.#run(task);
      }
    }
  }

  async #run(task: LocalTask): Promise<void> {
    const { node, work } = this.#options;
    this.#tell(task, { kind: 'running', node });
    let failed: { readonly detail?: string } = {};
    try {
      await work(task.folder, task.stop.signal);
    } catch (error) {
      failed = { detail: error instanceof Error ? error.message : String(error) };
    }
    const over = task.stop.signal.aborted
      ? ({ cause: 'cancelled' } as const)
      : ({ cause: 'ended', ...failed } as const);
    this.#tell(task, { kind: 'over', node, ...over });
    this.#begin();
  }

  #tell(task: LocalTask, state: TaskState): void {
    task.state = state;
    this.#changed += 1;
    this.#changes.emit('change');
  }

  /** What was handed over by another process is over, and nobody knows how it ended. */
  #statesOf(jobs: readonly Job[]): TaskStates {
    const states = new Map<string, TaskState>();
    for (const { name, tasks } of jobs) {
      for (const folder of tasks) states.set(folder, { kind: 'over', cause: 'unknown' });
      for (const { folder, state } of this.#jobs.get(name)?.tasks ?? []) states.set(folder, state);
    }
    return states;
  }
}

/** How many of a job's tasks run, added to a sum. */
function running(sum: number, { tasks }: LocalJob): number {
  return sum + tasks.filter(({ state }) => state.kind === 'running').length;
}
