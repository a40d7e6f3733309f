import { InputPlacement } from '../engine/inputs.ts';
import { eachOf } from '../files.ts';
import { type Shard, secondsOf } from './plan.ts';
import type { DescribeWorld, Found, Prepared } from './prepared.ts';
import { isFaultOfCode, runShard, type ShardWorld } from './run-shard.ts';
import { type FailedShard, keyOf, type ShardResult } from './shard-folder.ts';

/** A shard that fails is tried once more: a machine may have had too much to do. */
const attempts = 2;

/** How the shards ended. */
export interface Ran {
  readonly done: ReadonlyMap<Shard, ShardResult>;
  readonly failed: readonly FailedShard[];
}

/** Runs what is waiting. What is to blame on the code ends a shard; anything else ends all of them. */
export async function runShards(
  prepared: Prepared,
  { done: before, waiting }: Found,
  parallel: number,
  world: DescribeWorld,
): Promise<Ran> {
  const { reporter } = world;
  const stop = new AbortController();
  const signal = AbortSignal.any([world.signal, stop.signal]);
  const shardWorld = { placement: new InputPlacement(await world.engine(), reporter), signal };
  const done = new Map(before);
  const failed: FailedShard[] = [];
  const tell = progress(prepared.shards, done, waiting, world);
  const work = async (shard: Shard) => {
    try {
      const ended = await attemptShard(shard, prepared, shardWorld);
      if ('made' in ended) done.set(shard, ended);
      else failed.push(ended);
      tell();
    } catch (error) {
      stop.abort(error);
      throw error;
    }
  };
  tell();
  await eachOf(waiting, work, signal, parallel);
  tell(true);
  return { done, failed };
}

async function attemptShard(
  shard: Shard,
  { folder, origin, sources, run }: Prepared,
  world: ShardWorld,
): Promise<ShardResult | FailedShard> {
  for (let tried = 1; ; tried += 1) {
    await using attempt = await folder.attempt(shard, keyOf(shard, origin));
    try {
      return await runShard(shard, attempt, sources, run, world);
    } catch (error) {
      if (!isFaultOfCode(error)) throw error;
      if (tried < attempts) continue;
      const log = await attempt.fail(error.message);
      return { shard, message: error.message, log };
    }
  }
}

/** A bar of all videos, with an estimate from those that were described since it began. */
function progress(
  shards: readonly Shard[],
  done: ReadonlyMap<Shard, ShardResult>,
  waiting: readonly Shard[],
  { reporter, now = () => performance.now() }: DescribeWorld,
): (isOver?: boolean) => void {
  const count = (some: Iterable<Shard>) =>
    [...some].reduce((sum, { videos }) => sum + videos.length, 0);
  const seconds = (some: readonly Shard[]) =>
    some.reduce((sum, { videos }) => sum + secondsOf(videos), 0);
  const began = now();
  return (isOver = false) => {
    const described = seconds(waiting.filter((shard) => done.has(shard)));
    const left = seconds(waiting) - described;
    const secondsLeft = ((now() - began) / 1000) * (left / described);
    reporter.report({
      type: 'progress',
      id: 'describe',
      label: 'Describing',
      unit: 'videos',
      completed: count(done.keys()),
      total: count(shards),
      done: isOver,
      ...(described > 0 && left > 0 && { secondsLeft }),
    });
  };
}
