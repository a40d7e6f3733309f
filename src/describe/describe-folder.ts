import { createHash } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { localDisk } from '../files.ts';
import { digestFile } from '../provenance/digests.ts';
import { readJson, TaskFolder, writeJson } from '../tasks/task-folder.ts';
import type { Shard } from './plan.ts';

/** What all shards' results come from. */
export interface Origin {
  readonly dataset: string;
  /** SHA-256 of the packed code, in hex. */
  readonly code: string;
  /** Id of the image. */
  readonly image: string;
  /** Tells the variables that the code was given from others. */
  readonly variables?: string;
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

const originSchema = v.object({
  dataset: v.string(),
  code: v.string(),
  image: v.string(),
  variables: v.exactOptional(v.string()),
});
const planSchema = v.object({ origin: originSchema });
/** What a shard's task leaves. */
export const doneSchema = v.object({ sha256: v.string(), count: v.number(), seconds: v.number() });

/** Of the form of what a shard's task is told and leaves. */
const version = 3;

/** Tells a shard's results from those of other code, another image or other videos. */
export function keyOf(
  { kind, videos }: Shard,
  { dataset, code, image, variables }: Origin,
): string {
  const listed = videos.map(({ id, seconds, bytes }) => [id, seconds, bytes]);
  const text = JSON.stringify([
    version,
    dataset,
    code,
    image,
    kind,
    listed,
    ...(variables ? [variables] : []),
  ]);
  return createHash('sha256').update(text).digest('hex');
}

/** What `vsc describe` keeps: the packed code, the plan, and a task's folder for each shard. */
export class DescribeFolder {
  readonly root: string;
  /** The packed code. */
  readonly code: string;
  readonly #made: string;

  /** @param made the name of what the code makes */
  constructor(root: string, made: string) {
    this.root = root;
    this.code = join(root, 'code.zip');
    this.#made = made;
  }

  /**
   * Begins with this plan: shards of another one are removed.
   * @returns the origin of the plan that was there before, if any
   */
  async begin(shards: readonly Shard[], origin: Origin): Promise<Origin | undefined> {
    const plan = join(this.root, 'plan.json');
    const before = await readJson(plan, planSchema);
    const listed = shards.map(({ name, kind, videos }) => {
      return { name, kind, videos: videos.map(({ id }) => id) };
    });
    await writeJson(plan, { origin, shards: listed });
    const folder = join(this.root, 'shards');
    await localDisk(`make ${folder}`, () => mkdir(folder, { recursive: true }));
    const names = new Set(shards.map(({ name }) => name));
    for (const name of await readdir(folder)) {
      if (names.has(name)) continue;
      const path = join(folder, name);
      await localDisk(`delete ${path}`, () => rm(path, { recursive: true, force: true }));
    }
    return before?.origin;
  }

  taskOf({ name }: Shard): TaskFolder {
    return new TaskFolder(join(this.root, 'shards', name));
  }

  /** What is done of a shard, its results unchanged since; what is of no use any more is removed. */
  async done(shard: Shard, key: string, signal: AbortSignal): Promise<ShardResult | undefined> {
    const task = this.taskOf(shard);
    const outcome = await task.outcome(key);
    if (outcome?.ending === 'done' && v.is(doneSchema, outcome.facts)) {
      const { sha256, count, seconds } = outcome.facts;
      const made = join(outcome.folder, this.#made);
      const digest = await digestFile(made, signal).catch(() => undefined);
      signal.throwIfAborted();
      if (digest?.sha256 === sha256) return { made, count, seconds };
    }
    await task.forget('done');
    return undefined;
  }
}
