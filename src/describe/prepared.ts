import type { RunLimits } from '../rehearsal/limits.ts';
import type { RehearsalWorld, RunOptions } from '../rehearsal/prepared.ts';
import type { Description } from '../tracks/track.ts';
import type { Shard } from './plan.ts';
import type { ShardRun } from './run-shard.ts';
import type { Origin, ShardFolder, ShardResult } from './shard-folder.ts';
import type { Sources } from './sources.ts';

/** What to describe, and how. */
export interface DescribeRequest extends RunOptions {
  /** The folder of the code, absolute; what is made is written there. */
  readonly folder: string;
  readonly description: Description;
  readonly limits: RunLimits;
  /** Into how many shards the videos are cut. */
  readonly shards?: number;
  /** How many containers run at a time. */
  readonly parallel: number;
  /** Only what has failed before. */
  readonly retryFailed: boolean;
  /** The user asked for the GPU, and the machine did not just happen to have one. */
  readonly gpuAsked: boolean;
}

/** What describing needs of the world. */
export interface DescribeWorld extends Omit<RehearsalWorld, 'versions' | 'home'> {
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

/** All that is known before a container runs. */
export interface Prepared {
  readonly sources: Sources;
  readonly shards: readonly Shard[];
  readonly origin: Origin;
  readonly folder: ShardFolder;
  readonly run: ShardRun;
}

/** What there is before the first container runs. */
export interface Found {
  readonly done: ReadonlyMap<Shard, ShardResult>;
  readonly waiting: readonly Shard[];
}
