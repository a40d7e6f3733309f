import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { removeStaleContainers } from '../engine/container-labels.ts';
import { EnvironmentError } from '../errors.ts';
import { localDisk } from '../files.ts';
import { warnOfStaleImage } from '../image/build.ts';
import { chooseImage, contractLabel, describeChoice } from '../image/choice.ts';
import { contentsOf, packEntries } from '../packing/pack.ts';
import { formatCount } from '../progress/format.ts';
import { initRemedy } from '../project.ts';
import { requireUsableGpu, wantsGpus } from '../rehearsal/prepare.ts';
import { planShards, type Shard } from './plan.ts';
import type { DescribeRequest, DescribeWorld, Found, Prepared } from './prepared.ts';
import { keyOf, type Origin, ShardFolder, type ShardResult } from './shard-folder.ts';
import { findSources } from './sources.ts';

/**
 * Finds the code, the videos and the image, packs the code and plans the shards.
 * @throws EnvironmentError that says what is missing
 */
export async function prepare(request: DescribeRequest, world: DescribeWorld): Promise<Prepared> {
  const { project, track, description, dataset, folder: source, image, limits } = request;
  const { reporter, signal, owner } = world;
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
  const engine = await world.engine();
  const choice = await chooseImage(engine, track, image);
  if (choice.image.labels[contractLabel] === undefined) {
    throw new EnvironmentError(
      `${choice.name} can not run main.py alone: it is not one that vsc built.`,
      ['Build one: vsc build, or vsc build --slim.'],
    );
  }
  reporter.report({ type: 'note', message: describeChoice(choice) });
  await warnOfStaleImage(choice, track, image.roots, reporter);
  await requireUsableGpu({ request, choice }, world);
  await removeStaleContainers(
    engine,
    { ...owner, root: project.root, isAlive: world.isAlive },
    reporter,
  );
  const folder = new ShardFolder(
    join(project.root, 'describe', `${basename(source)}-${dataset}${description.suffix}`),
    description.made,
    owner,
  );
  await localDisk(`make ${folder.root}`, () => mkdir(folder.root, { recursive: true }));
  const { sha256 } = await localDisk(`pack ${source}`, () =>
    packEntries(folder.code, code, reporter, signal),
  );
  return {
    sources,
    shards: planShards(
      { query: sources.query.videos, reference: sources.reference.videos },
      request.shards,
    ),
    origin: { dataset, code: sha256, image: choice.image.id },
    folder,
    run: {
      id: randomBytes(4).toString('hex'),
      image: choice.image.id,
      root: project.root,
      zip: folder.code,
      dataset,
      arguments: description.arguments,
      blockInternet: request.blockInternet,
      gpus: wantsGpus(request, choice),
      phase2: false,
      limits: limits.container,
      logBytes: limits.logBytes,
      owner,
      description,
    },
  };
}

/** Finds out what is done, and says why what there was is of no use. */
export async function findDone(
  { folder, shards, origin }: Prepared,
  { retryFailed, folder: source }: DescribeRequest,
  { reporter, signal, owner, isAlive }: DescribeWorld,
): Promise<Found> {
  const livesOn = (name: string) => {
    const [, host, pid] = /^(.+)-(\d+)$/.exec(name) ?? [];
    return host !== owner.hostname || isAlive(Number(pid));
  };
  const before = await localDisk(`write ${folder.root}`, () =>
    folder.begin(shards, origin, livesOn),
  );
  const done = new Map<Shard, ShardResult>();
  const waiting: Shard[] = [];
  for (const shard of shards) {
    const key = keyOf(shard, origin);
    const result = await folder.done(shard, key, signal);
    if (result !== undefined) done.set(shard, result);
    else if (!retryFailed || (await folder.hasFailed(shard, key))) waiting.push(shard);
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

function whatChanged(before: Origin, now: Origin, source: string): string | undefined {
  if (before.code !== now.code) return `The code in ${source} has changed`;
  return before.image === now.image ? undefined : 'The image has changed';
}
