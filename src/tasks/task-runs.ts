import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EnvironmentError } from '../errors.ts';
import { madeOfEach } from '../files.ts';
import type { WantedImage } from '../image/bring.ts';
import type { Job, Needs, Scheduler, TaskState, TaskStates } from '../scheduler/port.ts';
import { faultOf, type Over } from './ends.ts';
import { Evidence } from './evidence.ts';
import { type BookEntry, JobBook } from './job-book.ts';
import { type ProbeWorld, removeProbes, requireNodes } from './probe.ts';
import { SignsOfLife } from './signs-of-life.ts';
import type { Fault } from './task.ts';
import type { Outcome, TaskFolder } from './task-folder.ts';

/** A task that is planned and has not come to its end. */
export interface OpenTask {
  readonly name: string;
  readonly folder: TaskFolder;
  readonly key: string;
}

/** How tasks are run. */
export interface TasksRun {
  readonly scheduler: Scheduler;
  readonly needs: Needs;
  /** Most tasks at a time. */
  readonly atOnce?: number;
  /** Where jobs are kept, and what the scheduler writes. */
  readonly folder: string;
  /** What the tasks' containers are made from. */
  readonly image: WantedImage;
  /** How often a task is tried that is not at fault itself; as the scheduler has it where it is not said. */
  readonly attempts?: number;
  /** After how many tasks in a row that were given up all is given up: then it is not about one of them. */
  readonly stopAfter?: number;
  /** Waits, so that a test need not. */
  readonly pause?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Seconds that have gone by, so that a test need not wait for them. */
  readonly clock?: () => number;
}

/** How many tasks wait and run. */
export interface TaskCounts {
  readonly waiting: number;
  readonly running: number;
  /** What one that waits is waiting for, in words. */
  readonly reason?: string;
}

/** What running tasks needs of the world. */
export interface TasksWorld extends ProbeWorld {
  /** From the call on a second interruption is not the end: the signal is aborted by it. */
  readonly insistence: () => AbortSignal;
  readonly onOutcome: (task: OpenTask, outcome: Outcome) => Promise<void>;
  readonly onCounts: (counts: TaskCounts) => void;
}

/** A task that was not to be had to its end, by no fault of its own. */
export interface GivenUp {
  readonly task: OpenTask;
  readonly faults: readonly Fault[];
}

/** Seconds in which what a node has published is seen on another. */
const settlingSeconds = 5;

/** Seconds before a second and a third try: what was gone for a moment may be back. */
const restSeconds = [5, 15];

/** Tasks on their way to their ends. */
export class TaskRuns {
  readonly givenUp: GivenUp[] = [];
  jobs: readonly Job[] = [];
  readonly #run: TasksRun;
  readonly #world: TasksWorld;
  /** Of jobs that another process may come back to. */
  readonly #book: JobBook | undefined;
  /** The arrays that were handed over or come back to. */
  readonly #arrays = new Set<string>();
  readonly #open = new Map<string, OpenTask>();
  readonly #evidence = new Evidence();
  #nodesAreKnown = false;
  /** How many were given up since one came to its end. */
  #givenUpInARow = 0;
  /** Whether what is over ended while this process was there. */
  #hasLooked = false;
  readonly #signs: SignsOfLife;

  constructor(run: TasksRun, world: TasksWorld) {
    this.#run = run;
    this.#world = world;
    const { scheduler } = run;
    this.#book = scheduler.outlives ? new JobBook(this.#folder, scheduler) : undefined;
    this.#signs = new SignsOfLife(run.clock);
  }

  get #folder(): string {
    return join(this.#run.folder, 'jobs');
  }

  async toTheEnd(tasks: readonly OpenTask[]): Promise<void> {
    for (const task of tasks) {
      this.#open.set(task.folder.path, task);
      await this.#evidence.begin(task);
    }
    await this.#comeBack();
    while (this.#open.size > 0) {
      const missing = await this.#watch();
      if (missing.length > 0) await this.#submit(missing);
    }
  }

  /** Ends all jobs, and forgets them. */
  async cancel(): Promise<void> {
    if (this.#book === undefined) await this.#run.scheduler.cancel(this.jobs);
    else {
      const entries = await this.#book.read();
      await this.#book.end(entries.filter(({ array }) => this.#arrays.has(array.name)));
    }
    this.jobs = [];
  }

  /**
   * Finds what another process has handed over. What is of no use any more is ended: tasks that nobody asks
   * for, and those that are other ones by now.
   */
  async #comeBack(): Promise<void> {
    const book = this.#book;
    if (book === undefined) return;
    const entries = await book.read();
    await book.removeStale();
    const isOfUse = ({ keys }: BookEntry) => {
      const open = Object.entries(keys).filter(([path]) => this.#open.has(path));
      return open.length > 0 && open.every(([path, key]) => this.#open.get(path)?.key === key);
    };
    await book.end(entries.filter((entry) => !isOfUse(entry)));
    await removeProbes(this.#run.folder);
    for (const entry of entries.filter(isOfUse)) {
      this.#arrays.add(entry.array.name);
      this.jobs = [...this.jobs, ...(await book.jobsOf(entry))];
    }
  }

  /** Watches until tasks have to be handed over, or all have ended. @returns the former */
  async #watch(): Promise<readonly OpenTask[]> {
    // What is left of attempts that nobody knows of any more may have come to an end.
    if (this.jobs.length === 0) return this.#settle(new Map());
    const { reporter, signal } = this.#world;
    const onSilence = (message: string) => reporter.report({ type: 'warning', message });
    for await (const states of this.#run.scheduler.watch(this.jobs, signal, onSilence)) {
      const missing = await this.#settle(states);
      if (missing.length > 0 || this.#open.size === 0) return missing;
    }
    return [];
  }

  /** Sees to what is over. @returns the tasks that have to be handed over */
  async #settle(states: TaskStates): Promise<readonly OpenTask[]> {
    const { missing, gone } = await this.#sort(states);
    const silent = [...gone].filter(([, { isSilent }]) => isSilent);
    if (silent.length > 0) {
      const paths = silent.map(([{ folder }]) => folder.path);
      await this.#run.scheduler.drop(this.jobs, paths);
    }
    const untold = await this.#untold(gone);
    for (const [task, state] of gone) {
      const isOpen = this.#open.has(task.folder.path);
      if (isOpen && (await this.#isWorthTrying(task, state, untold.has(task)))) missing.push(task);
    }
    this.#hasLooked = true;
    return missing;
  }

  /** Tells tasks that nobody has heard of, and those that are with the scheduler no more, from all others. */
  async #sort(states: TaskStates) {
    const missing: OpenTask[] = [];
    const gone = new Map<OpenTask, Over>();
    const counts = { waiting: 0, running: 0 };
    let reason: string | undefined;
    for (const task of this.#open.values()) {
      const state = states.get(task.folder.path);
      if (state?.kind !== 'running') this.#signs.forget(task.folder);
      if (state?.kind === 'waiting') {
        counts.waiting += 1;
        reason ??= state.reason;
        continue;
      }
      // What runs may have published already.
      if (await this.#hasEnded(task)) continue;
      const over = state && (await this.#endOf(task, state));
      if (state === undefined) missing.push(task);
      else if (over === undefined) counts.running += 1;
      else gone.set(task, over);
    }
    this.#world.onCounts({ ...counts, ...(reason !== undefined && { reason }) });
    return { missing, gone };
  }

  /**
   * Of tasks that are with the scheduler no more those that have left nothing. Another node's files may come
   * into sight a little later than its tasks are gone.
   */
  async #untold(gone: ReadonlyMap<OpenTask, Over>): Promise<ReadonlySet<OpenTask>> {
    const untold = new Set(gone.keys());
    const { scheduler, pause = sleeping } = this.#run;
    for (let second = 0; ; second += 1) {
      for (const task of untold) {
        if ((await this.#evidence.hasMore(task)) || (await this.#hasEnded(task)))
          untold.delete(task);
      }
      if (untold.size === 0 || !scheduler.outlives || second === settlingSeconds) return untold;
      await pause(1000, this.#world.signal);
    }
  }

  /** How a task that waits no more is over, if it is; what runs in this process need not give signs of life. */
  async #endOf(
    { folder }: OpenTask,
    state: Exclude<TaskState, { kind: 'waiting' }>,
  ): Promise<Over | undefined> {
    if (state.kind === 'over') return state;
    if (!this.#run.scheduler.outlives || !(await this.#signs.isSilent(folder, state.node))) return;
    return { kind: 'over', cause: 'lost', node: state.node, isSilent: true };
  }

  async #hasEnded(task: OpenTask): Promise<boolean> {
    const outcome = await task.folder.outcome(task.key);
    if (outcome === undefined) return false;
    this.#open.delete(task.folder.path);
    this.#givenUpInARow = 0;
    await this.#world.onOutcome(task, outcome);
    return true;
  }

  /** Of one that came to no end, by no fault of its own: whether it is to be tried again. */
  async #isWorthTrying(task: OpenTask, state: Over, isUntold: boolean): Promise<boolean> {
    const { scheduler, attempts = scheduler.attempts } = this.#run;
    const { folder, key } = task;
    // Whoever cancelled what an earlier command handed over, this one came later.
    if (state.cause === 'cancelled' && !this.#hasLooked) return true;
    if (isUntold) await folder.blame(key, faultOf(state, scheduler));
    const faults = await this.#evidence.look(task);
    if (state.cause !== 'cancelled' && faults.length < attempts) return true;
    this.#open.delete(folder.path);
    this.givenUp.push({ task, faults });
    await this.#stopIfHopeless(faults.at(-1));
    return false;
  }

  /** @throws EnvironmentError where so many were given up in a row that it can't be about one of them */
  async #stopIfHopeless(last: Fault | undefined): Promise<void> {
    const { stopAfter = Number.POSITIVE_INFINITY } = this.#run;
    this.#givenUpInARow += 1;
    if (last === undefined || this.#givenUpInARow < stopAfter) return;
    await this.cancel();
    const { message, next, cause: reason } = last;
    const all = `${stopAfter} tasks in a row came to no end, by no fault of theirs. The last: `;
    throw new EnvironmentError(stopAfter === 1 ? message : all + message, next, { reason });
  }

  async #submit(tasks: readonly OpenTask[]): Promise<void> {
    const { scheduler, needs, atOnce } = this.#run;
    const book = this.#book;
    const [first] = tasks;
    if (book !== undefined && !this.#nodesAreKnown && first !== undefined) {
      const { inputs } = await first.folder.spec();
      await requireNodes({ ...this.#run, book, inputs }, this.#world);
    }
    this.#nodesAreKnown = true;
    const name = `vsc-${randomBytes(6).toString('hex')}`;
    const faults = await madeOfEach(tasks, (task) => this.#evidence.look(task));
    await this.#rest(Math.max(...faults.map(({ length }) => length)));
    const avoid = new Set(faults.flat().flatMap(({ node }) => (node === '' ? [] : node)));
    const array = {
      name,
      folder: this.#folder,
      tasks: tasks.map((task) => task.folder.path),
      needs,
      avoid: [...avoid],
      ...(atOnce !== undefined && { atOnce }),
    };
    const onJob = async (job: Job) => {
      this.jobs = [...this.jobs, job];
    };
    this.#arrays.add(name);
    await (book ?? scheduler).submit(array, onJob, this.#world.signal);
  }

  async #rest(tried: number): Promise<void> {
    const seconds = restSeconds[tried - 1];
    if (seconds === undefined) return;
    const { pause = sleeping } = this.#run;
    await pause(seconds * 1000, this.#world.signal);
  }
}

async function sleeping(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal });
}
