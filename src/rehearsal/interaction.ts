import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { dataFolder, subsetCommand } from '../dataset/layout.ts';
import { tarOfInputs } from '../engine/inputs.ts';
import type { ContainerEngine, Conversation, RunPlan } from '../engine/port.ts';
import { isFolder } from '../files.ts';
import { chooseImage, describeChoice, type ImageChoice } from '../image/choice.ts';
import type { Reporter } from '../progress/events.ts';
import type { Project } from '../project.ts';
import type { RunWishes } from './prepare.ts';
import { inside, shmBytes } from './run-plan.ts';

/** What a shell in the image is asked for. */
export interface InteractionRequest extends RunWishes {
  /** Labels by which `vsc` knows the container. */
  readonly labels: Readonly<Record<string, string>>;
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
 * @throws EnvironmentError when there is no image
 */
export async function prepareInteraction(
  request: InteractionRequest,
  engine: ContainerEngine,
  reporter: Reporter,
): Promise<RunPlan> {
  const { project, dataset, image, skipGpu } = request;
  const choice = await chooseImage(engine, request.track, image);
  reporter.report({ type: 'note', message: describeChoice(choice) });
  const { folder } = dataFolder(join(project.data, dataset));
  const hasData = await isFolder(folder);
  if (!hasData) {
    const message = `There is no ${folder}, so /data will be empty. To have it: "${subsetCommand(dataset)}".`;
    reporter.report({ type: 'warning', message });
  }
  return planInteraction({
    ...request,
    id: randomBytes(4).toString('hex'),
    image: choice.image.id,
    gpus: wantsGpus(choice, image.cpuOrGpu, skipGpu),
    ...(hasData && { data: folder }),
  });
}

function wantsGpus({ kind }: ImageChoice, cpuOrGpu: 'cpu' | 'gpu', skipGpu: boolean): boolean {
  return cpuOrGpu === 'gpu' && !skipGpu && kind !== 'slim';
}

/** How the container of a shell runs. */
function planInteraction(shellRun: {
  readonly id: string;
  readonly image: string;
  readonly project: { readonly submission: string };
  /** The folder that becomes /data, where there is one. */
  readonly data?: string;
  readonly dataset: string;
  readonly blockInternet: boolean;
  readonly gpus: boolean;
  readonly labels: Readonly<Record<string, string>>;
}): RunPlan {
  const { data, project } = shellRun;
  return {
    name: `vsc-interact-${shellRun.id}`,
    image: shellRun.image,
    command: ['bash', '-c', shell],
    environment: { DATASET: shellRun.dataset },
    labels: shellRun.labels,
    mounts: [
      ...(data === undefined ? [] : [{ source: data, target: inside.data, readOnly: true }]),
      { source: project.submission, target: inside.submission, readOnly: false },
    ],
    network: shellRun.blockInternet ? 'none' : 'default',
    gpus: shellRun.gpus ? 'all' : 'none',
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
  conversation: Conversation,
  tools: {
    readonly engine: ContainerEngine;
    readonly reporter: Reporter;
    readonly signal: AbortSignal;
  },
): Promise<number> {
  const { engine, reporter, signal } = tools;
  await mkdir(project.submission, { recursive: true });
  const io = { ...conversation, signal };
  if (!(await engine.info()).remote) return engine.interact(plan, io);
  reporter.report({
    type: 'warning',
    message: `The engine is on another machine: /data and ${inside.submission} are copies, and what you write there is gone at the end.`,
  });
  return engine.interact(
    { ...plan, mounts: [] },
    { ...io, onCreated: (files) => files.put('/', tarOfInputs(plan.mounts)) },
  );
}
