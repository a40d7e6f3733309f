import * as v from 'valibot';
import type { Forecast } from '../tasks/forecast.ts';
import { doneSchema, keyOf } from './describe-folder.ts';
import { type Shard, secondsOf } from './plan.ts';
import { prepare } from './prepare.ts';
import type { DescribeRequest, DescribeWorld } from './prepared.ts';

/** What describing a dataset will come to. */
export interface DescribeForecast extends Forecast {
  readonly videos: number;
  /** Of video. */
  readonly seconds: number;
}

/** Plans the shards and looks which of them are done; nothing runs, and nothing is removed. */
export async function forecastDescribing(
  request: DescribeRequest,
  world: DescribeWorld,
): Promise<DescribeForecast> {
  const { folder, shards, origin } = await prepare(request, world);
  const done = new Map<Shard, number>();
  for (const shard of shards) {
    const outcome = await folder.taskOf(shard).outcome(keyOf(shard, origin));
    if (outcome?.ending !== 'done' || !v.is(doneSchema, outcome.facts)) continue;
    done.set(shard, outcome.facts.seconds);
  }
  const all = shards.flatMap(({ videos }) => videos);
  const known = [...done.keys()].flatMap(({ videos }) => videos);
  const taken = [...done.values()].reduce((sum, seconds) => sum + seconds, 0);
  const left = secondsOf(all) - secondsOf(known);
  return {
    tasks: shards.length,
    done: done.size,
    videos: all.length,
    seconds: secondsOf(all),
    secondsLeft: done.size === 0 ? null : (taken / secondsOf(known)) * left,
  };
}
