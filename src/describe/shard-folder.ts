import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { systemCode } from '../errors.ts';
import { localDisk, writeTextWhole } from '../files.ts';
import { jsonText } from '../progress/json.ts';
import { digestFile } from '../provenance/digests.ts';
import type { Shard } from './plan.ts';

/** What all shards' results come from. */
export interface Origin {
  readonly dataset: string;
  /** SHA-256 of the packed code, in hex. */
  readonly code: string;
  /** Id of the image. */
  readonly image: string;
}

/** What a shard left that is done. */
export interface ShardResult {
  /** Path of what the code made. */
  readonly made: string;
  /** How many vectors, say, that are. */
  readonly count: number;
  /** How long its container ran. */
  readonly seconds: number;
}

/** The last that a shard left which failed. */
export interface FailedShard {
  readonly shard: Shard;
  readonly message: string;
  /** Path of its log. */
  readonly log: string;
}

const version = 2;
const resultSchema = v.object({
  version: v.literal(version),
  key: v.string(),
  sha256: v.string(),
  count: v.number(),
  seconds: v.number(),
});
const planSchema = v.object({
  version: v.literal(version),
  origin: v.object({ dataset: v.string(), code: v.string(), image: v.string() }),
});

/** Tells a shard's results from those of other code, another image or other videos. */
export function keyOf({ kind, videos }: Shard, { dataset, code, image }: Origin): string {
  const listed = videos.map(({ id, seconds, bytes }) => [id, seconds, bytes]);
  const text = JSON.stringify([version, dataset, code, image, kind, listed]);
  return createHash('sha256').update(text).digest('hex');
}

/**
 * What `vsc describe` keeps, as files that whoever runs a shard can share: the code, the plan, and a
 * folder for each shard. An attempt works in a folder of its own there and becomes `done/` or
 * `failed/` by one rename, so that what is there is whole; of two that are done the first one stays.
 */
export class ShardFolder {
  readonly root: string;
  /** The packed code. */
  readonly code: string;
  readonly #made: string;
  readonly #owner: string;

  /** @param made the name of what the code makes */
  constructor(
    root: string,
    made: string,
    owner: { readonly pid: number; readonly hostname: string },
  ) {
    this.root = root;
    this.code = join(root, 'code.zip');
    this.#made = made;
    this.#owner = `${owner.hostname}-${owner.pid}`;
  }

  /**
   * Begins with this plan: what belongs to another one, and what killed processes left, is removed.
   * @returns the origin of the plan that was there before, if any
   */
  async begin(
    shards: readonly Shard[],
    origin: Origin,
    isAlive: (owner: string) => boolean,
  ): Promise<Origin | undefined> {
    const plan = join(this.root, 'plan.json');
    const before = await readJson(plan, planSchema);
    const listed = shards.map(({ name, kind, videos }) => {
      return { name, kind, videos: videos.map(({ id }) => id) };
    });
    await writeTextWhole(plan, `${jsonText({ version, origin, shards: listed }, 2)}\n`);
    const folder = join(this.root, 'shards');
    await mkdir(folder, { recursive: true });
    const names = new Set(shards.map(({ name }) => name));
    for (const name of await readdir(folder)) {
      if (!names.has(name)) await remove(join(folder, name));
    }
    for (const { name } of shards) await this.#removeStale(name, isAlive);
    return before?.origin;
  }

  async #removeStale(name: string, isAlive: (owner: string) => boolean): Promise<void> {
    const folder = this.#folderOf(name);
    await mkdir(folder, { recursive: true });
    for (const entry of await readdir(folder)) {
      const owner = /^\.attempt-(.+)-[0-9a-f]+$/.exec(entry)?.[1];
      if (owner !== undefined && !isAlive(owner)) await remove(join(folder, entry));
    }
  }

  /** What is done of a shard, its results unchanged since; what is of no use any more is removed. */
  async done(shard: Shard, key: string, signal: AbortSignal): Promise<ShardResult | undefined> {
    const folder = join(this.#folderOf(shard.name), 'done');
    const made = join(folder, this.#made);
    const result = await readJson(join(folder, 'result.json'), resultSchema);
    if (result?.key === key) {
      const digest = await digestFile(made, signal).catch(() => undefined);
      signal.throwIfAborted();
      if (digest?.sha256 === result.sha256) {
        return { made, count: result.count, seconds: result.seconds };
      }
    }
    await remove(folder);
    return undefined;
  }

  /** Whether the last that a shard did was to fail. */
  async hasFailed({ name }: Shard, key: string): Promise<boolean> {
    const folder = join(this.#folderOf(name), 'failed');
    const failed = await readJson(join(folder, 'result.json'), v.object({ key: v.string() }));
    return failed?.key === key;
  }

  /** A new folder for an attempt, which has to be published or is gone when it is disposed of. */
  async attempt({ name }: Shard, key: string): Promise<Attempt> {
    const home = this.#folderOf(name);
    const folder = join(home, `.attempt-${this.#owner}-${randomBytes(4).toString('hex')}`);
    await localDisk(`make ${folder}`, () => mkdir(folder, { recursive: true }));
    return new Attempt(home, folder, this.#made, key);
  }

  #folderOf(name: string): string {
    return join(this.root, 'shards', name);
  }
}

/** A shard at work: its data, log and results are in a folder of its own. */
export class Attempt implements AsyncDisposable {
  readonly data: string;
  readonly log: string;
  readonly made: string;
  readonly #home: string;
  readonly #folder: string;
  readonly #name: string;
  readonly #key: string;

  constructor(home: string, folder: string, made: string, key: string) {
    this.data = join(folder, 'data');
    this.log = join(folder, 'log.txt');
    this.made = join(folder, made);
    this.#name = made;
    this.#home = home;
    this.#folder = folder;
    this.#key = key;
  }

  /** Publishes what was made, unless another attempt was first. */
  async succeed(facts: { readonly count: number; readonly seconds: number }): Promise<ShardResult> {
    const { sha256 } = await digestFile(this.made);
    await this.#close({ sha256, ...facts });
    const done = join(this.#home, 'done');
    try {
      await rename(this.#folder, done);
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST'].includes(systemCode(error) ?? '')) throw error;
    }
    await remove(join(this.#home, 'failed'));
    return { made: join(done, this.#name), ...facts };
  }

  /** Keeps the log of what went wrong, in place of an earlier one. @returns where it is */
  async fail(message: string): Promise<string> {
    await this.#close({ message });
    await remove(this.made);
    const failed = join(this.#home, 'failed');
    await remove(failed);
    await rename(this.#folder, failed);
    return join(failed, 'log.txt');
  }

  async #close(facts: Readonly<Record<string, unknown>>): Promise<void> {
    await remove(this.data);
    const text = jsonText({ version, key: this.#key, ...facts }, 2);
    await writeTextWhole(join(this.#folder, 'result.json'), `${text}\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await remove(this.#folder);
  }
}

function remove(path: string): Promise<void> {
  return localDisk(`delete ${path}`, () => rm(path, { recursive: true, force: true }));
}

/** Undefined for what is missing, or not of this form: it is made anew. */
async function readJson<Schema extends v.GenericSchema>(
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
