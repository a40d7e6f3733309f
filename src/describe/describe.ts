import { join } from 'node:path';
import { localDisk } from '../files.ts';
import type { ShardResult } from './describe-folder.ts';
import type { Shard } from './plan.ts';
import { findDone, prepare } from './prepare.ts';
import type { DescribeRequest, DescribeWorld, Prepared } from './prepared.ts';
import { type FailedShard, runShards } from './run-shards.ts';

/** A file that was written. */
export interface DescribedSet {
  readonly path: string;
  readonly videos: number;
  /** How many vectors, say, are in it. */
  readonly count: number;
}

/** How describing a dataset ended: with its sets, or with shards that failed. */
export interface Described {
  readonly sets: readonly DescribedSet[];
  readonly failed: readonly FailedShard[];
  /** How many shards were not tried, because only those were to be that had failed. */
  readonly untried: number;
  /** Where the shards are. */
  readonly shards: string;
}

/**
 * Makes the results of a whole dataset with the code that is to be submitted, shard by shard. What
 * is done is kept: called again, it goes on with what is missing, unless code, image or videos have
 * changed. The same code on the same videos gives the same bytes, however often it was stopped.
 * @throws EnvironmentError, which no shard is to blame for; the signal's reason
 */
export async function describeDataset(
  request: DescribeRequest,
  world: DescribeWorld,
): Promise<Described> {
  const prepared = await prepare(request, world);
  const found = await findDone(prepared, request, world);
  const { done, failed } = await runShards(prepared, found, request, world);
  const untried = prepared.shards.length - done.size - failed.length;
  const isWhole = failed.length + untried === 0;
  const sets = isWhole ? await writeSets(prepared, done, request, world.signal) : [];
  return { sets, failed, untried, shards: prepared.folder.root };
}

/** Puts the shards' results together, a file for each kind. */
async function writeSets(
  { shards }: Prepared,
  done: ReadonlyMap<Shard, ShardResult>,
  { folder, description }: DescribeRequest,
  signal: AbortSignal,
): Promise<readonly DescribedSet[]> {
  const sets: DescribedSet[] = [];
  for (const { kind, file } of description.files) {
    const path = join(folder, file);
    const ofKind = shards.filter((shard) => shard.kind === kind);
    const parts = ofKind.flatMap((shard) => {
      const result = done.get(shard);
      return result ? { name: shard.name, path: result.made, count: result.count } : [];
    });
    await localDisk(`write ${path}`, () => description.merge(path, parts, signal));
    sets.push({
      path,
      videos: ofKind.reduce((sum, { videos }) => sum + videos.length, 0),
      count: parts.reduce((sum, { count }) => sum + count, 0),
    });
  }
  return sets;
}
