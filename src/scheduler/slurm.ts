import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Environment } from '../environment.ts';
import { EnvironmentError } from '../errors.ts';
import { localDisk, writeTextWhole } from '../files.ts';
import { isOver, type Job, type Needs, type Scheduler, type TaskArray } from './port.ts';
import { whatIsInTheWay } from './slurm-check.ts';
import {
  arrayScript,
  listedTasks,
  needsArguments,
  type Part,
  partArguments,
  partsOf,
  type SlurmOptions,
  taskList,
} from './slurm-script.ts';
import { KnownTasks, type QueueRow, queueFormat, readQueue } from './slurm-states.ts';
import { type Ask, slurmTools } from './slurm-tools.ts';

/** What Slurm is reached by. */
export interface SlurmWorld extends SlurmOptions {
  readonly env: Environment;
  /** Seconds between two looks at the queue: at first, and at most; in between a hundredth of the time so far. */
  readonly pace?: Pace;
}

interface Pace {
  readonly first: number;
  readonly most: number;
}

/** A look costs the controller a lock on all its jobs, so that one that takes hours is looked at seldom. */
const usualPace: Pace = { first: 1, most: 10 };

/** Seconds for which cancelling waits for a controller that does not answer. */
const patienceToCancel = 60;

/** Slurm, by its own tools, on the cluster that this machine is set up for. */
export function slurmScheduler(world: SlurmWorld): Scheduler {
  return new SlurmScheduler(world);
}

class SlurmScheduler implements Scheduler {
  readonly name = 'Slurm';
  readonly outlives = true;
  readonly attempts = 3;
  readonly #world: SlurmWorld;
  readonly #ask: Ask;

  constructor(world: SlurmWorld) {
    this.#world = world;
    this.#ask = slurmTools(world.env);
  }

  check(needs: Needs, signal: AbortSignal): Promise<readonly string[]> {
    return whatIsInTheWay(needs, { ...this.#world, ask: this.#ask }, signal);
  }

  async submit(
    array: TaskArray,
    onJob: (job: Job) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const [script, list] = [`${array.name}.sh`, `${array.name}.tasks`].map((name) =>
      join(array.folder, name),
    ) as [string, string];
    await localDisk(`write ${script}`, async () => {
      await writeTextWhole(list, taskList(array, this.#world));
      await writeTextWhole(script, arrayScript(this.#world, list));
    });
    const jobs: Job[] = [];
    for (const part of partsOf(array.tasks.length, await this.#longestArray(signal))) {
      signal.throwIfAborted();
      const id = await this.#submitPart(array, part, script, jobs);
      const tasks = array.tasks.slice(part.first, part.first + part.count);
      const job = { id, name: array.name, tasks };
      jobs.push(job);
      await onJob(job);
    }
  }

  async find({ name, folder }: Pick<TaskArray, 'name' | 'folder'>): Promise<readonly Job[]> {
    const what = ['--states=all', `--name=${name}`, '--format=%F|%o'];
    const { ok, text, said } = await this.#ask('squeue', ['--noheader', '--array', ...what]);
    if (!ok) throw new EnvironmentError(`squeue: ${said}`);
    // The command of a part ends with the place of its first task.
    const found = text.split('\n').map((line) => /^(\d+)\|.* (\d+)$/.exec(line));
    const firsts = new Map(found.flatMap((row) => (row ? [[row[1] ?? '', Number(row[2])]] : [])));
    if (firsts.size === 0) return [];
    const list = join(folder, `${name}.tasks`);
    const tasks = listedTasks(await localDisk(`read ${list}`, () => readFile(list, 'utf8')));
    const parts = partsOf(tasks.length, await this.#longestArray());
    return [...firsts].flatMap(([id, first]) => {
      const part = parts.find((each) => each.first === first);
      return part ? { id, name, tasks: tasks.slice(first, first + part.count) } : [];
    });
  }

  async *watch(jobs: readonly Job[], signal: AbortSignal, onSilence: (why: string) => void) {
    const known = new KnownTasks(jobs);
    const { first, most } = this.#world.pace ?? usualPace;
    const began = performance.now();
    let isSilent = false;
    for (;;) {
      const { rows, said } = await this.#queue(jobs, signal);
      signal.throwIfAborted();
      if (rows !== undefined) {
        const states = known.after(rows);
        yield states;
        if (isOver(states)) return;
      } else if (!isSilent) {
        onSilence(`Slurm does not answer, and is asked again until it does: ${said}`);
      }
      isSilent = rows === undefined;
      const share = (performance.now() - began) / 1000 / 100;
      const seconds = Math.min(most, Math.max(first, share));
      await sleep(seconds * 1000, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }

  async drop(jobs: readonly Job[], tasks: readonly string[]): Promise<void> {
    const places = tasks.flatMap((task) => {
      const job = jobs.findLast((each) => each.tasks.includes(task));
      return job ? `${job.id}_${job.tasks.indexOf(task)}` : [];
    });
    if (places.length > 0) await this.#ask('scancel', places);
  }

  async cancel(jobs: readonly Job[]): Promise<void> {
    if (jobs.length === 0) return;
    const known = new KnownTasks(jobs);
    const { first } = this.#world.pace ?? usualPace;
    const until = performance.now() + patienceToCancel * 1000;
    for (let isTold = false; ; ) {
      const { rows, said } = await this.#queue(jobs);
      if (rows !== undefined) {
        if (isOver(known.after(rows))) return;
        // That some are over already it calls an error, so that the queue alone is believed.
        if (!isTold)
          for (const { id, name } of jobs) await this.#ask('scancel', [`--name=${name}`, id]);
        isTold = true;
      } else if (performance.now() > until) {
        const ids = jobs.map(({ id }) => id).join(' ');
        throw new EnvironmentError(`Slurm does not answer, so that its jobs go on: ${said}`, [
          `Once it does: scancel ${ids}`,
        ]);
      }
      await sleep(first * 1000);
    }
  }

  /** How many tasks an array may have: Slurm's own limits (slurm.conf(5), MaxArraySize and max_array_tasks). */
  async #longestArray(signal?: AbortSignal): Promise<number> {
    const { ok, text, said } = await this.#ask('scontrol', ['show', 'config'], signal);
    signal?.throwIfAborted();
    if (!ok) throw new EnvironmentError(`scontrol: ${said}`);
    const limits = [/^MaxArraySize\s*=\s*(\d+)/m, /\bmax_array_tasks=(\d+)/]
      .map((limit) => Number(limit.exec(text)?.[1] ?? 1001))
      .filter((limit) => limit > 0);
    return Math.min(...limits);
  }

  /**
   * Hands over a part of an array, and to any node where there is no other place for it. It is not broken off:
   * a job would be there that nobody knows.
   * @returns its id
   */
  async #submitPart(
    array: TaskArray,
    part: Part,
    script: string,
    before: readonly Job[],
  ): Promise<string> {
    const submit = async (avoid: readonly string[]) => {
      const own = partArguments({ ...array, avoid }, part, before.at(-1)?.id);
      const all = [...own, ...needsArguments(array.needs, this.#world), script, `${part.first}`];
      const { ok, text, said } = await this.#ask('sbatch', all);
      const [, id] = /^(\d+)(?:;.*)?$/m.exec(text) ?? [];
      return { id: ok ? id : await this.#unheardOf(array, before), said };
    };
    let { id, said } = await submit(array.avoid);
    if (id === undefined && array.avoid.length > 0) ({ id, said } = await submit([]));
    if (id === undefined) throw new EnvironmentError(`sbatch: ${said}`);
    return id;
  }

  /** The id of a job that was taken although sbatch failed: a controller with much to do may answer too late. */
  async #unheardOf({ name }: TaskArray, before: readonly Job[]): Promise<string | undefined> {
    const { rows = [] } = await this.#queue([{ name }]);
    const isNew = (row: QueueRow) =>
      row.name === name && row.state.kind !== 'over' && before.every(({ id }) => id !== row.id);
    return rows.find(isNew)?.id;
  }

  /**
   * All tasks of these jobs as the controller knows them; those that it holds for good are taken back from it. It
   * is asked by name, for by ids that it knows no more it answers with an error, as it does when it is not there.
   */
  async #queue(
    jobs: readonly Pick<Job, 'name'>[],
    signal?: AbortSignal,
  ): Promise<{ readonly rows?: readonly QueueRow[]; readonly said: string }> {
    const names = [...new Set(jobs.map(({ name }) => name))].join();
    const what = ['--states=all', `--name=${names}`, `--format=${queueFormat}`];
    const answer = await this.#ask('squeue', ['--noheader', '--array', ...what], signal);
    const { ok, text, said } = answer;
    if (!ok) return { said };
    const rows = readQueue(text);
    const stuck = rows.flatMap(({ id, place, isStuck }) => (isStuck ? `${id}_${place}` : []));
    if (stuck.length > 0) await this.#ask('scancel', stuck);
    return { rows, said };
  }
}
