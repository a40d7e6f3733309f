import { createHash } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as v from 'valibot';
import { truthIn, videoFile } from '../dataset/layout.ts';
import { type PreparedData, requireData } from '../dataset/require-data.ts';
import { EnvironmentError } from '../errors.ts';
import { eachOf, isFile, localDisk } from '../files.ts';
import { type WantedImage, wantedImage } from '../image/bring.ts';
import type { ImageChoice } from '../image/choice.ts';
import { formatCount } from '../progress/format.ts';
import { digestFiles } from '../provenance/digests.ts';
import { warnOfAbsent } from '../rehearsal/prepare.ts';
import { readyImage } from '../rehearsal/ready-image.ts';
import { fingerprintOf } from '../rehearsal/variables.ts';
import type { TaskSpec } from '../tasks/task.ts';
import { readJson, TaskFolder, writeJson } from '../tasks/task-folder.ts';
import type { BatchRequest, BatchWorld, Entry, PreparedBatch } from './prepared.ts';
import { type BatchRehearsal, submissionSpec } from './submission-task.ts';
import { readSubmissions } from './submissions.ts';

/**
 * Finds the submissions, the data and the image, and says what the task of each submission is. A verdict on
 * another zip, on other data, by another image or under other limits is none any more.
 * @throws EnvironmentError that says what is missing
 */
export async function prepareBatch(
  request: BatchRequest,
  world: BatchWorld,
): Promise<PreparedBatch> {
  const { project, track, dataset, folder } = request;
  const { reporter, signal, scheduler, version } = world;
  const data = await requireData(project, dataset, signal);
  warnOfAbsent(data, reporter);
  const choice = await readyImage(request, world, scheduler);
  const root = join(project.root, 'batch', `${basename(folder)}-${dataset}-${track.name}`);
  await requireOwn(root, folder);
  const submissions = await readSubmissions(folder, join(root, 'zips.json'), world);
  const image = wantedImage(choice, join(project.root, 'batch/images'));
  const rehearsal = rehearsalOf(request, choice, image);
  const inputs = await tablesOf(data, request, signal);
  const videos = await sizesOf(data);
  const variables = await fingerprintOf(world.variables, root);
  const entries = submissions.map((submission): Entry => {
    const { name, zip, sha256 } = submission;
    const folder = new TaskFolder(join(root, 'submissions', submission.folder));
    const key = keyOf(sha256, rehearsal, inputs, videos, variables);
    const own = [{ path: zip, sha256 }, ...inputs];
    const spec = submissionSpec(zip, rehearsal, { vsc: version, key, inputs: own });
    return { submission, task: { name, folder, key }, spec };
  });
  return { root, image, entries };
}

/** Plans the tasks. A verdict on what is not asked any more is removed, as is what killed processes left. */
export async function planTasks(
  { entries }: PreparedBatch,
  world: Pick<BatchWorld, 'owner' | 'isAlive' | 'reporter'>,
): Promise<void> {
  let changed = 0;
  await eachOf(entries, async ({ task, spec }) => {
    await task.folder.removeStale(world);
    if (await task.folder.plan(spec)) changed += 1;
  });
  if (changed === 0) return;
  const them = changed === 1 ? 'A submission has' : `${formatCount(changed)} submissions have`;
  const message = `${them} changed, or the data, the image or the settings have: judged anew.`;
  world.reporter.report({ type: 'note', message });
}

const ownerSchema = v.object({ folder: v.string() });

/** Makes the batch's folder. @throws EnvironmentError where it belongs to another folder of the same name */
async function requireOwn(root: string, folder: string): Promise<void> {
  await localDisk(`make ${root}`, () => mkdir(root, { recursive: true }));
  const path = join(root, 'batch.json');
  const before = await readJson(path, ownerSchema);
  if (before === undefined) return writeJson(path, { folder });
  if (before.folder === folder) return;
  throw new EnvironmentError(
    `${root} has the verdicts on ${before.folder}, and not on ${folder}.`,
    [`Rename ${folder}, or move ${root} away.`],
  );
}

function rehearsalOf(
  { project, track, image, ...request }: BatchRequest,
  { kind, variant, why }: ImageChoice,
  wanted: WantedImage,
): BatchRehearsal {
  const { cpuOrGpu, registryImage } = image;
  return {
    root: project.root,
    ...(project.dataAt && { data: project.dataAt.folder }),
    track: track.name,
    dataset: request.dataset,
    image: { wanted, kind, why, cpuOrGpu, registryImage, ...(variant && { variant }) },
    skipGpu: request.skipGpu,
    gpuAsked: request.gpuAsked,
    blockInternet: request.blockInternet,
    phase2: request.phase2,
    limits: request.limits,
    officialLimits: request.officialLimits,
    skipPreflight: request.skipPreflight,
    settings: request.settings.map((setting) => ({ ...setting })),
  };
}

/** The tables of the data that there are, as all submissions are given them and scored against them. */
async function tablesOf(
  { files }: PreparedData,
  { track }: BatchRequest,
  signal: AbortSignal,
): Promise<TaskSpec['inputs']> {
  const truth = truthIn(files.folder, track.results.truth);
  const paths = [files.queryMetadata, files.referenceMetadata, files.querySubset];
  for (const path of [truth.full, truth.subset]) if (await isFile(path)) paths.push(path);
  const digests = await digestFiles(paths, signal);
  return paths.map((path, at) => ({ path, sha256: digests[at]?.sha256 ?? '' }));
}

/** The subset's videos by their sizes: every run records what is in them. */
async function sizesOf({ subset, absent, files }: PreparedData): Promise<readonly unknown[]> {
  const missing = new Set(absent);
  const sizeOf = async (id: string) =>
    missing.has(id) ? null : (await stat(join(files.queries, videoFile(id)))).size;
  return localDisk(`read ${files.queries}`, () =>
    Promise.all(subset.map(async (id) => [id, await sizeOf(id)])),
  );
}

/** Of the form of what a submission's task is told and leaves. */
const version = 1;

/** Tells the verdict on a zip from those on others, and from those under other conditions. */
function keyOf(
  zip: string,
  { root, data, image, settings, ...conditions }: BatchRehearsal,
  inputs: TaskSpec['inputs'],
  videos: readonly unknown[],
  variables: string | undefined,
): string {
  const { wanted, cpuOrGpu } = image;
  const tables = inputs.map(({ sha256 }) => sha256);
  const all = [
    version,
    zip,
    wanted.id,
    cpuOrGpu,
    conditions,
    tables,
    videos,
    ...(variables ? [variables] : []),
  ];
  return createHash('sha256').update(JSON.stringify(all)).digest('hex');
}
