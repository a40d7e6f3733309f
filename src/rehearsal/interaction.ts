import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { requireContained } from '../dataset/contained.ts';
import { dataFolder, subsetCommand } from '../dataset/layout.ts';
import { dataRemedies, requireData } from '../dataset/require-data.ts';
import { tarOfInputs } from '../engine/inputs.ts';
import type { ContainerEngine, InteractiveStreams, RunPlan } from '../engine/port.ts';
import { localDisk } from '../files.ts';
import { chooseImage, describeChoice } from '../image/choice.ts';
import { lookForFolder } from '../places.ts';
import type { Reporter } from '../progress/events.ts';
import { dataOf, type Project } from '../project.ts';
import { requireUsableGpu, wantsGpus } from './prepare.ts';
import type { Lent, RehearsalWorld, RunOptions } from './prepared.ts';
import { inside, shmBytes } from './stages.ts';

/** What a shell in the image is asked for. */
export interface InteractionRequest extends RunOptions, Lent {
  /** Labels by which `vsc` knows the container. */
  readonly labels: Readonly<Record<string, string>>;
}

/** What a shell in the image may touch of the world. */
interface InteractionTools {
  readonly engine: ContainerEngine;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** A shell as the image's user; what it leaves in the submission's folder gets that folder's owner. */
const shell = [
  'bash',
  'status=$?',
  `find ${inside.submission} -user "$(id -u)" -exec chown -h --reference=${inside.submission} {} + 2>/dev/null`,
  'exit $status',
].join('\n');

/**
 * Finds the image and plans the container; data that are not there are told and left out.
 * @throws EnvironmentError when there is no image, and for data that a container can't be given
 */
export async function prepareInteraction(
  request: InteractionRequest,
  { engine, reporter, signal, nvidiaSmi }: InteractionTools & Pick<RehearsalWorld, 'nvidiaSmi'>,
): Promise<RunPlan> {
  const { project, dataset, image } = request;
  const choice = await chooseImage(engine, request.track, image);
  reporter.report({ type: 'note', message: describeChoice(choice) });
  if (request.gpus !== undefined) {
    const asked = { request: { ...request, gpuAsked: true }, choice };
    await requireUsableGpu(asked, { engine: async () => engine, nvidiaSmi, gpus: request.gpus });
  }
  const { folder } = dataFolder(dataOf(project, dataset));
  const hasData = await lookForFolder(folder);
  if (!hasData && project.dataAt !== undefined) await requireData(project, dataset, signal);
  if (!hasData) {
    const message = `There is no ${folder}, so /data will be empty. To have it: "${subsetCommand(dataset)}".`;
    reporter.report({ type: 'warning', message });
  } else await requireContained(folder, await dataRemedies(project, dataset), signal);
  const data = { source: folder, target: inside.data, readOnly: true };
  const submission = { source: project.submission, target: inside.submission, readOnly: false };
  return {
    name: `vsc-interact-${randomBytes(4).toString('hex')}`,
    image: choice.image.id,
    command: ['bash', '-c', shell],
    environment: { ...request.variables, DATASET: dataset },
    labels: request.labels,
    mounts: hasData ? [data, submission] : [submission],
    network: request.blockInternet ? 'none' : 'default',
    gpus: wantsGpus(request, choice) ? (request.gpus ?? 'all') : 'none',
    shmBytes,
    init: true,
    unprivileged: false,
    limits: {},
  };
}

/**
 * Runs the shell and tells its exit code. An engine on another machine can't mount our folders: it gets
 * copies, and what is written there stays there.
 */
export async function interact(
  plan: RunPlan,
  project: Project,
  interactiveStreams: InteractiveStreams,
  { engine, reporter, signal }: InteractionTools,
): Promise<number> {
  const folder = project.submission;
  await localDisk(`make ${folder}`, () => mkdir(folder, { recursive: true }));
  const onNote = (message: string) => reporter.report({ type: 'note', message });
  const io = { ...interactiveStreams, signal, onNote };
  if (!(await engine.info()).remote) return engine.interact(plan, io);
  reporter.report({
    type: 'warning',
    message: `The engine is on another machine: /data and ${inside.submission} are copies, and what you write there is gone at the end.`,
  });
  return engine.interact(
    { ...plan, mounts: [] },
    { ...io, onCreated: (files) => files.put('/', tarOfInputs(plan.mounts, signal)) },
  );
}
