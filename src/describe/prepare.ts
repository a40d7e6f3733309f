import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { EnvironmentError } from '../errors.ts';
import { localDisk } from '../files.ts';
import { wantedImage } from '../image/bring.ts';
import { contractLabel } from '../image/choice.ts';
import { contentsOf, packEntries } from '../packing/pack.ts';
import { formatCount } from '../progress/format.ts';
import { initRemedy } from '../project.ts';
import { wantsGpus } from '../rehearsal/prepare.ts';
import { readyImage } from '../rehearsal/ready-image.ts';
import { fingerprintOf } from '../rehearsal/variables.ts';
import type { TaskFolder } from '../tasks/task-folder.ts';
import { DescribeFolder, keyOf, type Origin, type ShardResult } from './describe-folder.ts';
import { planShards, type Shard } from './plan.ts';
import type { DescribeRequest, DescribeWorld, Found, Prepared } from './prepared.ts';
import { findSources } from './sources.ts';

/**
 * Finds the code, the videos and the image, packs the code and plans the shards.
 * @throws EnvironmentError that says what is missing
 */
export async function prepare(request: DescribeRequest, world: DescribeWorld): Promise<Prepared> {
  const { project, track, description, dataset, folder: source, limits } = request;
  const { reporter, signal } = world;
  const code = (await localDisk(`read ${source}`, () => contentsOf(source, signal))).filter(
    ({ name }) => !description.notCode.includes(name),
  );
  const { entryPoint } = track.submission;
  if (!code.some(({ name }) => name === entryPoint)) {
    throw new EnvironmentError(
      `There is no ${entryPoint} in ${source}: it makes the ${track.words.submitted}.`,
      [initRemedy],
    );
  }
  const sources = await findSources(request, reporter, signal);
  const choice = await readyImage(request, world, world.scheduler);
  if (choice.image.labels[contractLabel] === undefined) {
    throw new EnvironmentError(
      `${choice.name} can not run main.py alone: it is not one that vsc built.`,
      ['Build one: vsc build, or vsc build --slim.'],
    );
  }
  const folder = new DescribeFolder(
    join(project.root, 'describe', `${basename(source)}-${dataset}${description.suffix}`),
    description.made,
  );
  await localDisk(`make ${folder.root}`, () => mkdir(folder.root, { recursive: true }));
  const { sha256 } = await localDisk(`pack ${source}`, () =>
    packEntries(folder.code, code, { effort: 'fast' }, reporter, signal),
  );
  const variables = await fingerprintOf(world.variables, folder.root);
  return {
    sources,
    shards: planShards(
      { query: sources.query.videos, reference: sources.reference.videos },
      request.shards,
    ),
    origin: { dataset, code: sha256, image: choice.image.id, ...(variables && { variables }) },
    folder,
    run: {
      image: wantedImage(choice, join(project.root, 'describe/images')),
      root: project.root,
      zip: folder.code,
      dataset,
      blockInternet: request.blockInternet,
      gpus: wantsGpus(request, choice),
      limits: limits.container,
      logBytes: limits.logBytes,
    },
  };
}

/** Finds out what is done, and says why what there was is of no use. */
export async function findDone(
  { folder, shards, origin }: Prepared,
  { retryFailed, folder: source }: DescribeRequest,
  world: DescribeWorld,
): Promise<Found> {
  const { reporter, signal } = world;
  const before = await localDisk(`write ${folder.root}`, () => folder.begin(shards, origin));
  for (const shard of shards) await folder.taskOf(shard).removeStale(world);
  const done = new Map<Shard, ShardResult>();
  const waiting: Shard[] = [];
  for (const shard of shards) {
    const key = keyOf(shard, origin);
    const result = await folder.done(shard, key, signal);
    if (result !== undefined) done.set(shard, result);
    else if (!retryFailed || (await hasFailed(folder.taskOf(shard), key))) waiting.push(shard);
  }
  const changed = before && whatChanged(before, origin, source);
  const message =
    changed !== undefined
      ? `${changed}: all shards are described anew.`
      : done.size > 0 &&
        `${formatCount(done.size)} of ${formatCount(shards.length)} shards are done already.`;
  if (message) reporter.report({ type: 'note', message });
  return { done, waiting };
}

/** Whether the last that a shard did was to fail. */
async function hasFailed(task: TaskFolder, key: string): Promise<boolean> {
  return (await task.outcome(key))?.ending === 'failed';
}

function whatChanged(before: Origin, now: Origin, source: string): string | undefined {
  if (before.code !== now.code) return `The code in ${source} has changed`;
  if (before.image !== now.image) return 'The image has changed';
  return before.variables === now.variables ? undefined : 'What --env gives the code has changed';
}
