import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dataFolder, videoFile } from '../dataset/layout.ts';
import { linkOrCopy } from '../dataset/transfer.ts';
import type { InputPlacement } from '../engine/inputs.ts';
import { InvalidSubmission, SubmissionFailed } from '../errors.ts';
import { eachOf, localDisk } from '../files.ts';
import type { Reporter } from '../progress/events.ts';
import { openLog } from '../rehearsal/log.ts';
import { runStage } from '../rehearsal/run-stages.ts';
import { type ContainerRun, inside, planExecution } from '../rehearsal/stages.ts';
import type { Description } from '../tracks/track.ts';
import type { Shard } from './plan.ts';
import type { Attempt, ShardResult } from './shard-folder.ts';
import type { Sources } from './sources.ts';

/** What all shards of a plan are run with. */
export interface ShardRun extends Omit<ContainerRun, 'data'> {
  readonly description: Description;
  readonly logBytes: number;
}

/** What running a shard needs of the world. */
export interface ShardWorld {
  readonly placement: InputPlacement;
  readonly signal: AbortSignal;
}

/** Where the output of code goes that nobody watches: nowhere but into its log. */
const unwatched: Reporter = { report() {}, async output() {} };

/**
 * Runs the code on the videos of a shard as a run does on the subset: the same container, in which the code
 * finds a `/data` with these videos only, all of them queries, references too.
 * @throws SubmissionFailed, InvalidSubmission; EnvironmentError for what is no fault of the code
 */
export async function runShard(
  shard: Shard,
  attempt: Attempt,
  sources: Sources,
  run: ShardRun,
  { placement, signal }: ShardWorld,
): Promise<ShardResult> {
  await localDisk(`make ${attempt.data}`, () => fillData(attempt.data, shard, sources, signal));
  const { description } = run;
  const durations = new Map(shard.videos.map(({ id, seconds }) => [id, seconds]));
  const plan = planExecution(
    { ...run, id: `${run.id}-${shard.name}`, data: attempt.data },
    {
      path: `${inside.code}/${description.made}`,
      target: attempt.made,
      maxBytes: await description.maxMadeBytes(durations),
    },
  );
  const log = await openLog(attempt.log, run.logBytes, unwatched);
  try {
    const stage = await runStage(plan, { placement, log, logPath: attempt.log, signal });
    if (stage.failure !== undefined) throw stage.failure;
    const references = sources.reference.metadata.durations;
    const videos = { kind: shard.kind, durations, references };
    const count = await description.count(attempt.made, videos, signal);
    return await attempt.succeed({ count, seconds: stage.outcome?.seconds ?? 0 });
  } finally {
    await log.close();
  }
}

/** A shard's `/data`: as `data/<dataset>` is, but that its queries are the shard's videos. */
async function fillData(
  folder: string,
  { kind, videos }: Shard,
  sources: Sources,
  signal: AbortSignal,
): Promise<void> {
  const to = dataFolder(folder);
  const { metadata, folder: from } = sources[kind];
  await mkdir(to.queries, { recursive: true });
  const ids = videos.map(({ id }) => id);
  const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');
  const described = ids.flatMap((id) => metadata.lines.get(id) ?? []);
  const { header, lines } = sources.reference.metadata;
  await writeFile(to.queryMetadata, text([metadata.header, ...described]));
  await writeFile(to.referenceMetadata, text([header, ...lines.values()]));
  await writeFile(to.querySubset, text(['video_id', ...ids]));
  const bring = (name: string) =>
    linkOrCopy({ from: join(from, name), to: join(to.queries, name) });
  await eachOf(ids.map(videoFile), bring, signal);
}

/** Whether the code is to blame for what was thrown. */
export function isFaultOfCode(error: unknown): error is SubmissionFailed | InvalidSubmission {
  return error instanceof SubmissionFailed || error instanceof InvalidSubmission;
}
