import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { dataFolder, videoFile } from '../dataset/layout.ts';
import { type MetadataLines, readMetadataLines } from '../dataset/metadata.ts';
import { linkOrCopy } from '../dataset/transfer.ts';
import { removeStaleContainers } from '../engine/container-labels.ts';
import { InputPlacement } from '../engine/inputs.ts';
import type { ContainerEngine } from '../engine/port.ts';
import { EnvironmentError, InvalidSubmission, SubmissionFailed } from '../errors.ts';
import { eachOf, localDisk } from '../files.ts';
import { bringImage, wantedImageSchema } from '../image/bring.ts';
import type { Reporter } from '../progress/events.ts';
import { digestFile } from '../provenance/digests.ts';
import { limitsSchema } from '../rehearsal/limits-schema.ts';
import { openLog } from '../rehearsal/log.ts';
import type { Lent } from '../rehearsal/prepared.ts';
import { runStage } from '../rehearsal/run-stages.ts';
import { type ContainerRun, inside, planExecution } from '../rehearsal/stages.ts';
import { valuesOf } from '../rehearsal/variables.ts';
import type { TaskRunner } from '../tasks/run-task.ts';
import type { TaskSpec } from '../tasks/task.ts';
import type { Attempt } from '../tasks/task-folder.ts';
import type { TrackName } from '../tracks/names.ts';
import type { Description } from '../tracks/track.ts';
import { tracks } from '../tracks/tracks.ts';
import { keyOf, type Origin } from './describe-folder.ts';
import type { Shard } from './plan.ts';
import type { Sources } from './sources.ts';

/** The kind of a task that describes a shard. */
export const shardKind = 'shard';

const sides = v.object({ query: v.string(), reference: v.string() });

/** What a shard's task is told: plain data, all paths absolute. */
const workSchema = v.object({
  track: v.picklist(Object.keys(tracks) as TrackName[]),
  /** The suffix of the description. */
  description: v.string(),
  kind: v.picklist(['query', 'reference']),
  videos: v.array(v.object({ id: v.string(), seconds: v.number(), bytes: v.number() })),
  /** The folders of the videos, and the tables that list them. */
  folders: sides,
  metadata: sides,
  run: v.object({
    image: wantedImageSchema,
    root: v.string(),
    zip: v.string(),
    dataset: v.string(),
    blockInternet: v.boolean(),
    gpus: v.boolean(),
    limits: limitsSchema,
    logBytes: v.number(),
  }),
});

type Work = v.InferOutput<typeof workSchema>;

/** What all shards of a plan are run with. */
export type ShardRun = Readonly<Work['run']>;

/** A shard as a task. @param digests SHA-256 of the code and of both metadata, by path */
export function shardSpec(
  shard: Shard,
  plan: {
    readonly track: TrackName;
    readonly description: Description;
    readonly origin: Origin;
    readonly sources: Sources;
    readonly run: ShardRun;
    readonly inputs: TaskSpec['inputs'];
    readonly version: string;
  },
): Omit<TaskSpec, 'version'> {
  const { track, description, origin, sources, run, inputs, version } = plan;
  const { query, reference } = sources;
  const work = {
    track,
    description: description.suffix,
    kind: shard.kind,
    videos: shard.videos,
    folders: { query: query.folder, reference: reference.folder },
    metadata: { query: query.path, reference: reference.path },
    run,
  };
  return { vsc: version, kind: shardKind, key: keyOf(shard, origin), inputs, work };
}

/** What running shards needs of the world. */
export interface ShardWorld extends Lent {
  readonly engine: () => Promise<ContainerEngine>;
  readonly reporter: Reporter;
  readonly owner: ContainerRun['owner'];
  readonly isAlive: (pid: number) => boolean;
}

/** A shard that fails is tried once more: a machine may have had too much to do. */
const attempts = 2;

/** Runs the tasks of shards, one after the other or side by side. */
export function shardRunner(world: ShardWorld): TaskRunner {
  const { engine, reporter, owner, isAlive, gpus, variables } = world;
  const lent = { ...(gpus && { gpus }), ...(variables && { variables }) };
  let placement: Promise<InputPlacement> | undefined;
  const firstPlacement = async (root: string) => {
    const found = await engine();
    // Of a worker that was killed here, its node having lost its power, say, or its scheduler its patience.
    await removeStaleContainers(found, { ...owner, root, isAlive }, reporter);
    return new InputPlacement(found, reporter);
  };
  const read = new Map<string, Promise<MetadataLines>>();
  const metadataAt = (path: string, kind: Shard['kind']) => {
    const known = read.get(path) ?? readMetadataLines(path, kind);
    read.set(path, known);
    return known;
  };
  return async ({ work: told }, attempt, signal) => {
    const work = v.parse(workSchema, told);
    placement ??= firstPlacement(work.run.root);
    await bringImage(await engine(), work.run.image, signal);
    const metadata = {
      query: await metadataAt(work.metadata.query, 'query'),
      reference: await metadataAt(work.metadata.reference, 'reference'),
    };
    const shard = { work, metadata, attempt, owner, lent, placement: await placement, signal };
    for (let tried = 1; ; tried += 1) {
      try {
        return await attempt.succeed(await describeShard(shard));
      } catch (error) {
        if (!isFaultOfCode(error)) throw error;
        if (tried === attempts) return attempt.fail({ message: error.message });
        await localDisk(`empty ${attempt.folder}`, () => attempt.empty());
      }
    }
  };
}

/** A shard at work. */
interface ShardAtWork {
  readonly work: Work;
  readonly metadata: Readonly<Record<Shard['kind'], MetadataLines>>;
  readonly attempt: Attempt;
  readonly owner: ContainerRun['owner'];
  readonly lent: Lent;
  readonly placement: InputPlacement;
  readonly signal: AbortSignal;
}

/** Where the output of code goes that nobody watches: nowhere but into its log. */
const unwatched: Reporter = { report() {}, async output() {} };

/**
 * Runs the code on the videos of a shard as a run does on the subset: the same container, in which the code
 * finds a `/data` with these videos only, all of them queries, references too.
 * @returns what is kept of it
 * @throws SubmissionFailed, InvalidSubmission; EnvironmentError for what is no fault of the code
 */
async function describeShard(shard: ShardAtWork): Promise<object> {
  const { work, metadata, attempt, owner, lent, placement, signal } = shard;
  const { logBytes, ...run } = work.run;
  const data = attempt.scratch;
  await localDisk(`make ${data}`, () => fillData(data, shard));
  const description = descriptionOf(work);
  const made = join(attempt.folder, description.made);
  const durations = new Map(work.videos.map(({ id, seconds }) => [id, seconds]));
  const plan = planExecution(
    {
      ...run,
      image: run.image.id,
      id: attempt.id,
      data,
      arguments: description.arguments,
      ...lent,
      gpus: run.gpus ? (lent.gpus ?? 'all') : 'none',
      phase2: false,
      owner,
    },
    {
      path: `${inside.code}/${description.made}`,
      target: made,
      maxBytes: await description.maxMadeBytes(durations),
    },
  );
  const secrets = valuesOf(lent.variables);
  const log = await openLog(attempt.log, logBytes, unwatched, secrets);
  try {
    const stage = await runStage(plan, { placement, log, logPath: attempt.log, secrets, signal });
    if (stage.failure !== undefined) throw stage.failure;
    const references = metadata.reference.durations;
    const count = await description.count(made, { kind: work.kind, durations, references }, signal);
    const { sha256 } = await digestFile(made, signal);
    return { sha256, count, seconds: stage.outcome?.seconds ?? 0 };
  } finally {
    await log.close();
  }
}

/** The description that a task names. */
function descriptionOf({ track, description: suffix }: Work): Description {
  const { description, templates } = tracks[track];
  const found = [description, ...templates.benchmark].find((each) => each.suffix === suffix);
  if (found !== undefined) return found;
  throw new EnvironmentError(`The ${track} track has no description "${suffix}".`);
}

/** A shard's `/data`: as `data/<dataset>` is, but that its queries are the shard's videos. */
async function fillData(folder: string, { work, metadata, signal }: ShardAtWork): Promise<void> {
  const to = dataFolder(folder);
  const { kind, videos } = work;
  await mkdir(to.queries, { recursive: true });
  const ids = videos.map(({ id }) => id);
  const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');
  const described = ids.flatMap((id) => metadata[kind].lines.get(id) ?? []);
  const { header, lines } = metadata.reference;
  await writeFile(to.queryMetadata, text([metadata[kind].header, ...described]));
  await writeFile(to.referenceMetadata, text([header, ...lines.values()]));
  await writeFile(to.querySubset, text(['video_id', ...ids]));
  const bring = async ({ id, bytes }: Work['videos'][number]) => {
    const name = videoFile(id);
    const from = join(work.folders[kind], name);
    if ((await stat(from)).size !== bytes) throw changed(from);
    await linkOrCopy({ from, to: join(to.queries, name) });
  };
  await eachOf(videos, bring, signal);
}

function changed(path: string): EnvironmentError {
  return new EnvironmentError(
    `${path} is not what it was when the shards were planned.`,
    ['Run the same command again: it plans anew.'],
    { reason: 'changed-inputs' },
  );
}

/** Whether the code is to blame for what was thrown. */
function isFaultOfCode(error: unknown): error is SubmissionFailed | InvalidSubmission {
  return error instanceof SubmissionFailed || error instanceof InvalidSubmission;
}
