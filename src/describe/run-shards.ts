import { join } from 'node:path';
import * as v from 'valibot';
import { EnvironmentError } from '../errors.ts';
import { eachOf } from '../files.ts';
import { firstLines, formatCount } from '../progress/format.ts';
import { digestFiles } from '../provenance/digests.ts';
import { beAtWork } from '../tasks/at-work.ts';
import { runTasks } from '../tasks/run-tasks.ts';
import type { TaskSpec } from '../tasks/task.ts';
import type { Outcome } from '../tasks/task-folder.ts';
import type { GivenUp, OpenTask, TaskCounts } from '../tasks/task-runs.ts';
import { keyOf, type ShardResult } from './describe-folder.ts';
import { type Shard, secondsOf } from './plan.ts';
import type { DescribeRequest, DescribeWorld, Found, Prepared } from './prepared.ts';
import { shardSpec } from './shard-task.ts';

/** The last that a shard left which failed. */
export interface FailedShard {
  readonly shard: Shard;
  readonly message: string;
  /** Path of its log. */
  readonly log: string;
}

/** How the shards ended. */
export interface Ran {
  readonly done: ReadonlyMap<Shard, ShardResult>;
  readonly failed: readonly FailedShard[];
}

/**
 * Runs what is waiting. What is to blame on the code ends a shard; anything else is tried elsewhere, where there
 * is somewhere else.
 * @throws EnvironmentError where shards came to no end by no fault of the code
 */
export async function runShards(
  prepared: Prepared,
  { done: before, waiting }: Found,
  request: DescribeRequest,
  world: DescribeWorld,
): Promise<Ran> {
  const { folder, sources, origin, run, shards } = prepared;
  const { needs, atOnce, description } = request;
  const { scheduler } = world;
  const inputs = await inputsOf(prepared, world.signal);
  const plan = { track: request.track.name, description, origin, sources, run, inputs };
  const opened = new Map<OpenTask, Shard>();
  for (const shard of waiting) {
    const task = folder.taskOf(shard);
    opened.set({ name: shard.name, folder: task, key: keyOf(shard, origin) }, shard);
  }
  const planOne = async ([task, shard]: readonly [OpenTask, Shard]) => {
    await task.folder.plan(shardSpec(shard, { ...plan, version: world.version }));
    await task.folder.forget('failed');
  };
  await eachOf([...opened], planOne, world.signal);
  const done = new Map(before);
  const failed: FailedShard[] = [];
  const bar = progress(shards, done, waiting, world);
  const onOutcome = async (task: OpenTask, outcome: Outcome) => {
    const shard = opened.get(task) as Shard;
    if (outcome.ending === 'failed') {
      const { message } = v.parse(failedSchema, outcome.facts);
      failed.push({ shard, message, log: join(outcome.folder, 'log.txt') });
    } else {
      const result = await folder.done(shard, task.key, world.signal);
      if (result === undefined) throw spoilt(outcome.folder);
      done.set(shard, result);
    }
  };
  bar();
  await using _atWork = await beAtWork(folder.root, world);
  const givenUp = await runTasks(
    [...opened.keys()],
    {
      scheduler,
      needs,
      folder: folder.root,
      image: run.image,
      ...(scheduler.attempts === 1 && { stopAfter: 1 }),
      ...(atOnce !== undefined && { atOnce }),
    },
    { ...world, onOutcome, onCounts: (counts) => bar(scheduler.outlives ? counts : undefined) },
  );
  if (givenUp.length > 0) throw notDescribed(givenUp);
  bar(undefined, true);
  return { done, failed };
}

const failedSchema = v.object({ message: v.string() });

/** The files that all shards read. */
async function inputsOf(
  { folder, sources, origin }: Prepared,
  signal: AbortSignal,
): Promise<TaskSpec['inputs']> {
  const { query, reference } = sources;
  const tables = await digestFiles([query.path, reference.path], signal);
  return [
    { path: folder.code, sha256: origin.code },
    ...[query, reference].map(({ path }, at) => ({ path, sha256: tables[at]?.sha256 ?? '' })),
  ];
}

function spoilt(folder: string): EnvironmentError {
  return new EnvironmentError(`What is in ${folder} is not what was published there.`, [
    'Run the same command again: that shard is described anew.',
  ]);
}

/** Shards that nobody described, by no fault of the code. */
function notDescribed(givenUp: readonly GivenUp[]): EnvironmentError {
  const count = givenUp.length === 1 ? 'A shard was' : `${formatCount(givenUp.length)} shards were`;
  const [first] = givenUp;
  const tries = first?.faults.map(({ node, message }) => `${node}: ${message}`) ?? [];
  return new EnvironmentError(
    `${count} not described, by no fault of the code. ${first?.task.name}:\n${firstLines(tries)}`,
    [
      `The evidence:\n${firstLines(givenUp.map(({ task }) => join(task.folder.path, 'faults')))}`,
      'The others are kept. To go on: the same command.',
    ],
  );
}

/** A bar of all videos, with an estimate from those that were described since it began. */
function progress(
  shards: readonly Shard[],
  done: ReadonlyMap<Shard, ShardResult>,
  waiting: readonly Shard[],
  { reporter, now = () => performance.now() }: DescribeWorld,
): (counts?: TaskCounts, isOver?: boolean) => void {
  const count = (some: Iterable<Shard>) =>
    [...some].reduce((sum, { videos }) => sum + videos.length, 0);
  const seconds = (some: readonly Shard[]) =>
    some.reduce((sum, { videos }) => sum + secondsOf(videos), 0);
  const began = now();
  return (counts, isOver = false) => {
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
      ...(counts !== undefined && { detail: countsText(counts) }),
    });
  };
}

function countsText({ waiting, running, reason }: TaskCounts): string {
  const why = waiting > 0 && reason !== undefined ? ` (${reason})` : '';
  return `${formatCount(running)} running, ${formatCount(waiting)} waiting${why}`;
}
