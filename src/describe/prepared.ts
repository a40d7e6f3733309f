import type { RunLimits } from '../rehearsal/limits.ts';
import type { RehearsalWorld, RunOptions } from '../rehearsal/prepared.ts';
import type { Needs, Scheduler } from '../scheduler/port.ts';
import type { TasksWorld } from '../tasks/task-runs.ts';
import type { Description } from '../tracks/track.ts';
import type { DescribeFolder, Origin, ShardResult } from './describe-folder.ts';
import type { Shard } from './plan.ts';
import type { ShardRun } from './shard-task.ts';
import type { Sources } from './sources.ts';

/** What to describe, and how. */
export interface DescribeRequest extends RunOptions {
  /** The folder of the code, absolute; what is made is written there. */
  readonly folder: string;
  readonly description: Description;
  readonly limits: RunLimits;
  /** Into how many shards the videos are cut. */
  readonly shards?: number;
  /** What each shard has to have. */
  readonly needs: Needs;
  /** How many containers run at a time; as many as the scheduler has room for where it is not said. */
  readonly atOnce?: number;
  /** Only what has failed before. */
  readonly retryFailed: boolean;
  /** The user asked for the GPU, and the machine did not just happen to have one. */
  readonly gpuAsked: boolean;
}

/** What describing needs of the world. */
export interface DescribeWorld
  extends Omit<RehearsalWorld, 'versions' | 'home'>,
    Pick<TasksWorld, 'insistence'> {
  /** What has the shards run. */
  readonly scheduler: Scheduler;
  /** Of `vsc`. */
  readonly version: string;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

/** All that is known before a container runs. */
export interface Prepared {
  readonly sources: Sources;
  readonly shards: readonly Shard[];
  readonly origin: Origin;
  readonly folder: DescribeFolder;
  readonly run: ShardRun;
}

/** What there is before the first container runs. */
export interface Found {
  readonly done: ReadonlyMap<Shard, ShardResult>;
  readonly waiting: readonly Shard[];
}
