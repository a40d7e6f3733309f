import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { isPartial, localDisk, madeOfEach } from '../files.ts';
import type { Job, Scheduler, TaskArray } from '../scheduler/port.ts';
import { taskVersion } from './task.ts';
import { readJson, TaskFolder, writeJson } from './task-folder.ts';

const entrySchema = v.object({
  version: v.literal(taskVersion),
  scheduler: v.string(),
  /** When it was handed over, in ISO 8601. */
  at: v.string(),
  array: v.object({ name: v.string(), folder: v.string() }),
  /** Its tasks' folders, and the key that each had. */
  keys: v.record(v.string(), v.string()),
  jobs: v.array(
    v.object({
      id: v.string(),
      name: v.string(),
      tasks: v.pipe(v.array(v.string()), v.readonly()),
    }),
  ),
  /** Whether these jobs are all that the array was made into. */
  isWhole: v.boolean(),
});

/** An array that was handed over, or was about to be. */
export type BookEntry = Readonly<v.InferOutput<typeof entrySchema>>;

/**
 * What was handed over and may not be over: files, by which another process finds it again. An array is
 * written down before it is handed over, so that none is lost by the death of who does it.
 */
export class JobBook implements Pick<Scheduler, 'submit' | 'cancel'> {
  readonly folder: string;
  readonly #scheduler: Scheduler;

  constructor(folder: string, scheduler: Scheduler) {
    this.folder = folder;
    this.#scheduler = scheduler;
  }

  /** Those of this scheduler, the oldest first. */
  async read(): Promise<readonly BookEntry[]> {
    await localDisk(`make ${this.folder}`, () => mkdir(this.folder, { recursive: true }));
    const names = (await readdir(this.folder)).filter((name) => name.endsWith('.json'));
    const read = names.map((name) => readJson(join(this.folder, name), entrySchema));
    return (await Promise.all(read))
      .flatMap((entry) => (entry?.scheduler === this.#scheduler.name ? entry : []))
      .sort((a, b) => (a.at < b.at ? -1 : 1));
  }

  /** Removes what a process that was killed was about to write. */
  async removeStale(): Promise<void> {
    for (const name of (await readdir(this.folder)).filter(isPartial)) {
      const path = join(this.folder, name);
      await localDisk(`delete ${path}`, () => rm(path, { force: true }));
    }
  }

  /** Hands an array over, as {@link Scheduler.submit} does. */
  async submit(
    array: TaskArray,
    onJob: (job: Job) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const { name, folder, tasks } = array;
    const specs = await madeOfEach(tasks, (task) => new TaskFolder(task).spec());
    const keys = Object.fromEntries(tasks.map((task, at) => [task, specs[at]?.key ?? '']));
    const { name: scheduler } = this.#scheduler;
    const at = new Date().toISOString();
    const jobs: Job[] = [];
    const write = (isWhole: boolean) =>
      writeJson(this.#pathOf(name), {
        scheduler,
        at,
        array: { name, folder },
        keys,
        jobs,
        isWhole,
      });
    await write(false);
    const told = async (job: Job) => {
      await onJob(job);
      jobs.push(job);
      await write(false);
    };
    await this.#scheduler.submit(array, told, signal);
    await write(true);
  }

  /** The jobs of an array, those too of which nobody lived to write them down. */
  async jobsOf({ array, jobs, isWhole }: BookEntry): Promise<readonly Job[]> {
    if (isWhole) return jobs;
    const known = new Map(jobs.map((job) => [job.id, job]));
    for (const job of await this.#scheduler.find(array)) known.set(job.id, job);
    return [...known.values()];
  }

  /** Ends jobs as {@link Scheduler.cancel} does, and forgets their arrays. */
  async cancel(jobs: readonly Job[]): Promise<void> {
    const names = new Set(jobs.map(({ name }) => name));
    await this.end((await this.read()).filter(({ array }) => names.has(array.name)));
  }

  /** Ends all jobs of arrays, and forgets these. */
  async end(entries: readonly BookEntry[]): Promise<void> {
    const jobs = (await Promise.all(entries.map((entry) => this.jobsOf(entry)))).flat();
    if (jobs.length > 0) await this.#scheduler.cancel(jobs);
    for (const { array } of entries) {
      const path = this.#pathOf(array.name);
      await localDisk(`delete ${path}`, () => rm(path, { force: true }));
    }
  }

  #pathOf(name: string): string {
    return join(this.folder, `${name}.json`);
  }
}
