import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as v from 'valibot';
import { EnvironmentError, systemCode } from '../errors.ts';
import { isPartial, localDisk, writeTextWhole } from '../files.ts';
import { jsonText } from '../progress/json.ts';
import {
  type Fault,
  faultSchema,
  specSchema,
  type TaskSpec,
  taskVersion,
  type Worker,
} from './task.ts';

/** How a task ended by itself: it made what it should, or is to blame that it didn't. */
export type Ending = 'done' | 'failed';

/** What came of a task. */
export interface Outcome {
  readonly ending: Ending;
  /** Where its result, its outputs and its log are. */
  readonly folder: string;
  /** As its kind tells it. */
  readonly facts: unknown;
}

const resultSchema = v.object({
  version: v.literal(taskVersion),
  key: v.string(),
  facts: v.unknown(),
});

/** This machine, and which of its processes there are. */
export interface Alive {
  readonly owner: { readonly hostname: string };
  readonly isAlive: (pid: number) => boolean;
}

/**
 * A task, as files that whoever plans it and whoever runs it share: `task.json` says what to do; an attempt
 * works in a folder of its own and becomes `done/` or `failed/` by one rename, so that what is there is
 * whole; of several the first one stays. What kept an attempt from its end is kept in `faults/`.
 */
export class TaskFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /**
   * Says what to do. What is there of another key is removed, with all that was tried before.
   * @returns whether there was any
   */
  async plan(spec: Omit<TaskSpec, 'version'>): Promise<boolean> {
    await localDisk(`make ${this.path}`, () => mkdir(this.path, { recursive: true }));
    const before = await readJson(this.#spec, specSchema);
    if (before?.key !== spec.key) {
      for (const name of ['done', 'failed', 'faults']) await remove(join(this.path, name));
    }
    await writeJson(this.#spec, spec);
    return before !== undefined && before.key !== spec.key;
  }

  /** What to do. @throws EnvironmentError where nothing says it in a form that is known here */
  async spec(): Promise<TaskSpec> {
    const spec = await readJson(this.#spec, specSchema);
    if (spec !== undefined) return spec;
    throw new EnvironmentError(
      `${this.#spec} is no task of this vsc, or can't be read from here.`,
      ['Every node has to see the folder under the same path, and to have the same vsc.'],
    );
  }

  /** What came of it, if it has come to its end with this key. */
  async outcome(key: string): Promise<Outcome | undefined> {
    for (const ending of ['done', 'failed'] as const) {
      const folder = join(this.path, ending);
      const result = await readJson(join(folder, 'result.json'), resultSchema);
      if (result?.key === key) return { ending, folder, facts: result.facts };
    }
    return undefined;
  }

  /** Whether it is still the task with this key, and has not come to its end. */
  async wants(key: string): Promise<boolean> {
    const spec = await readJson(this.#spec, specSchema);
    return spec?.key === key && (await this.outcome(key)) === undefined;
  }

  /** What went wrong around it, the oldest first. */
  async faults(key: string): Promise<readonly Fault[]> {
    const folder = join(this.path, 'faults');
    const names = await readdir(folder).catch(() => []);
    const read = names.map((name) => readJson(join(folder, name, 'fault.json'), faultSchema));
    const faults = (await Promise.all(read)).flatMap((fault) => (fault?.key === key ? fault : []));
    return faults.sort((a, b) => (a.began < b.began ? -1 : 1));
  }

  /** Keeps what somebody else knows of an attempt that left nothing. */
  async blame(
    key: string,
    fault: Omit<Fault, 'version' | 'key' | 'began' | 'ended'>,
  ): Promise<void> {
    const now = new Date().toISOString();
    const folder = join(this.path, 'faults', randomBytes(4).toString('hex'));
    await localDisk(`make ${folder}`, () => mkdir(folder, { recursive: true }));
    await writeJson(join(folder, 'fault.json'), { key, began: now, ended: now, ...fault });
  }

  /** Forgets that it has come to an end, or what went wrong around it. */
  async forget(what: Ending | 'faults'): Promise<void> {
    await remove(join(this.path, what));
  }

  /** A new attempt, which has to come to an end or is gone when it is disposed of. */
  async attempt(key: string, worker: Worker): Promise<Attempt> {
    const name = `${worker.hostname}-${worker.pid}-${randomBytes(4).toString('hex')}`;
    const folder = join(this.path, `${attemptPrefix}${name}`);
    await localDisk(`make ${folder}`, () => mkdir(folder, { recursive: true }));
    return new Attempt(this, folder, key, worker);
  }

  /** The folders of its attempts that are at work, as far as can be seen from this machine. */
  async atWork(alive: Alive, now = Date.now()): Promise<readonly string[]> {
    const names = await readdir(this.path).catch(() => []);
    const found = names.map(async (name) => {
      const [, hostname, pid] = attemptName.exec(name) ?? [];
      if (hostname === undefined) return [];
      const path = join(this.path, name);
      if (hostname === alive.owner.hostname) return alive.isAlive(Number(pid)) ? [path] : [];
      const sign = await stat(path).catch(() => undefined);
      return sign !== undefined && now - sign.mtimeMs < silenceSeconds * 1000 ? [path] : [];
    });
    return (await Promise.all(found)).flat();
  }

  /** What is another text whenever an attempt at work has given another sign of life. */
  async signOfLife(): Promise<string> {
    const names = (await readdir(this.path).catch(() => [])).filter((name) =>
      attemptName.test(name),
    );
    const signs = names.sort().map(async (name) => {
      const sign = await stat(join(this.path, name)).catch(() => undefined);
      return `${name} ${sign?.mtimeMs}`;
    });
    return (await Promise.all(signs)).join();
  }

  /**
   * Removes what was begun and never came to an end, attempts and files. Once the task has come to its own end,
   * no attempt is of use to anybody; until then those of other machines stay, and those that are at work.
   * @param alive without it any of them may be
   */
  async removeStale(alive?: Alive): Promise<void> {
    const spec = await readJson(this.#spec, specSchema);
    const hasEnded = spec !== undefined && (await this.outcome(spec.key)) !== undefined;
    const isStale = (hostname: string, pid: number) =>
      hasEnded || (hostname === alive?.owner.hostname && !alive.isAlive(pid));
    for (const entry of await readdir(this.path).catch(() => [])) {
      const [, hostname, pid] = attemptName.exec(entry) ?? [];
      if (hostname === undefined ? isPartial(entry) : isStale(hostname, Number(pid))) {
        await remove(join(this.path, entry));
      }
    }
  }

  get #spec(): string {
    return join(this.path, 'task.json');
  }
}

const attemptPrefix = '.attempt-';
const attemptName = /^\.attempt-(.+)-(\d+)-[0-9a-f]{8}$/;

/** Seconds between two signs of life of an attempt. */
const signSeconds = 20;

/** Seconds without one after which it is dead, or as good as that; file systems that nodes share may be a minute late. */
export const silenceSeconds = 180;

/** A task at work: its files are in a folder of its own, whose time of change says that it lives. */
export class Attempt implements AsyncDisposable {
  /** Tells it from every other of the task: letters, digits and hyphens, as a container's name may have them. */
  readonly id: string;
  /** Where it works; all that is in it at the end is kept, but for {@link scratch}. */
  readonly folder: string;
  /** Where that will be found if it comes to its end. */
  readonly published: string;
  /** What is not kept. */
  readonly scratch: string;
  readonly log: string;
  readonly #home: TaskFolder;
  readonly #key: string;
  readonly #worker: Worker;
  readonly #began = new Date();
  readonly #signs: NodeJS.Timeout;

  constructor(home: TaskFolder, folder: string, key: string, worker: Worker) {
    this.id = `${basename(home.path)}-${folder.slice(-8)}`;
    this.folder = folder;
    this.published = join(home.path, 'done');
    this.scratch = join(folder, 'scratch');
    this.log = join(folder, 'log.txt');
    this.#home = home;
    this.#key = key;
    this.#worker = worker;
    this.#signs = setInterval(() => this.#giveSign(), signSeconds * 1000).unref();
  }

  /** Begins again. */
  async empty(): Promise<void> {
    for (const name of await readdir(this.folder)) await remove(join(this.folder, name));
  }

  /** Publishes what was made, unless the task has come to its end before, or is another one by now. */
  async succeed(facts: unknown): Promise<void> {
    await this.#publish('done', facts);
  }

  /** As {@link succeed}, what shows that the task itself is to blame. */
  async fail(facts: unknown): Promise<void> {
    await this.#publish('failed', facts);
  }

  /** Keeps what shows that something else is to blame. */
  async blameNode({
    cause,
    message,
    next,
  }: Pick<Fault, 'cause' | 'message' | 'next'>): Promise<void> {
    const { node } = this.#worker;
    const [began, ended] = [this.#began, new Date()].map((date) => date.toISOString());
    await this.#close('fault.json', { node, began, ended, cause, message, next });
    const faults = join(this.#home.path, 'faults');
    await localDisk(`make ${faults}`, () => mkdir(faults, { recursive: true }));
    await rename(this.folder, join(faults, randomBytes(4).toString('hex')));
  }

  async #publish(ending: Ending, facts: unknown): Promise<void> {
    await this.#close('result.json', { facts });
    const place = join(this.#home.path, ending);
    while (await this.#home.wants(this.#key)) {
      try {
        return await rename(this.folder, place);
      } catch (error) {
        if (!['ENOTEMPTY', 'EEXIST'].includes(systemCode(error) ?? '')) throw error;
      }
      const there = await readJson(join(place, 'result.json'), resultSchema);
      // Another attempt was first, though this machine may not see it yet.
      if (there === undefined || there.key === this.#key) return;
      await remove(place);
    }
  }

  async #close(name: string, facts: Readonly<Record<string, unknown>>): Promise<void> {
    await remove(this.scratch);
    await writeJson(join(this.folder, name), { key: this.#key, ...facts });
  }

  #giveSign(): void {
    const now = new Date();
    utimes(this.folder, now, now).catch(() => {}); // it is published, or its disk is gone
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#signs);
    await remove(this.folder);
  }
}

/** Writes one of a task's files whole. */
export async function writeJson(path: string, facts: object): Promise<void> {
  const text = jsonText({ version: taskVersion, ...facts }, 2);
  await localDisk(`write ${path}`, () => writeTextWhole(path, `${text}\n`));
}

function remove(path: string): Promise<void> {
  return localDisk(`delete ${path}`, () => rm(path, { recursive: true, force: true }));
}

/** Undefined for what is missing, or not of this form: it is made anew. */
export async function readJson<Schema extends v.GenericSchema>(
  path: string,
  schema: Schema,
): Promise<v.InferOutput<Schema> | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const parsed = v.safeParse(schema, JSON.parse(text));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}
