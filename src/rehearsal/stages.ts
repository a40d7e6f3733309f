import { basename, posix } from 'node:path';
import { type ContainerOwner, containerLabels } from '../engine/container-labels.ts';
import { type Input, withMounts } from '../engine/inputs.ts';
import type { Gpus, Limits, RunPlan } from '../engine/port.ts';
import type { Variables } from '../engine/secret.ts';
import { progressVariable } from './stage-progress.ts';

/** What a container with a submission's code is planned from; all paths absolute. */
export interface ContainerRun {
  /** Tells this run from any other, e.g. eight hex digits. */
  readonly id: string;
  readonly image: string;
  readonly root: string;
  readonly zip: string;
  /** The folder that becomes /data. */
  readonly data: string;
  readonly dataset: string;
  /** What the image's runtime is told of the track. */
  readonly arguments: readonly string[];
  readonly blockInternet: boolean;
  readonly gpus: Gpus;
  readonly phase2: boolean;
  /** The user's own, for the submission's code. */
  readonly variables?: Variables;
  /** Of the submission's code. */
  readonly limits: Limits;
  /** This process, so that a later one can tell whether it is still there. */
  readonly owner: ContainerOwner;
}

/** What the containers of a rehearsal are planned from. */
export interface SubmissionRun extends ContainerRun {
  /** What is scored, where it is not all that is submitted. */
  readonly scoredZip?: string;
  /** Of what scores its results. */
  readonly scoringLimits: Limits;
  readonly scoringGpus: Gpus;
}

/** A container, what it is given, and where it leaves what is wanted of it. */
export interface StagePlan {
  readonly plan: RunPlan;
  readonly inputs: readonly Input[];
  /** Absolute path of the runtime's report inside the container. */
  readonly report: string;
  readonly trust: Trust;
  readonly result: StageFile;
  /** What the stage before left, where the container takes that from its standard input. */
  readonly handed?: StageFile;
  /** Its container starts beside that of the stage before, and waits for what it is handed. */
  readonly standsBy?: true;
}

/**
 * How what the code made gets into the container that scores it: as a file, for images that know no
 * other way; on its standard input; or so, to one that has been standing by while the code ran.
 */
export type Handover = 'file' | 'input' | 'standby';

/**
 * How far what a container says of itself may be believed: all of it, what it said before the
 * submission's code began, or nothing.
 */
export type Trust = 'all' | 'until-main' | 'nothing';

/** A file that a stage has to leave. */
export interface StageFile {
  /** Absolute path inside the container. */
  readonly path: string;
  /** Absolute path on this machine. */
  readonly target: string;
  /** A larger one is refused. */
  readonly maxBytes: number;
}

/** Where the images expect things. */
export const inside = {
  data: '/data',
  code: '/code_execution',
  submission: '/code_execution/submission',
} as const;

/** The runtime's own size of /dev/shm: 8 GiB. */
export const shmBytes = 8 * 1024 ** 3;

/** The user `submission` of our images. */
const untrustedUser = '10001:10001';

/**
 * Our images need no rights, and no init: their process 1 passes signals on and reaps, and has shut
 * itself out of what the code is shut out of, which an engine's init, of the same user, has not.
 */
const ownRuntime = { unprivileged: true, init: false } as const;

/**
 * The containers of a rehearsal, in their order. Our own images run the code in one and score in
 * another; the organisers' do all in one.
 */
export function planStages(
  run: SubmissionRun,
  results: { readonly archive: StageFile; readonly made: StageFile },
  {
    ownImage,
    hasCode,
    handover,
  }: { readonly ownImage: boolean; readonly hasCode: boolean; readonly handover: Handover },
): readonly StagePlan[] {
  const { archive, made } = results;
  if (!ownImage) return [planWhole(run, archive)];
  if (!hasCode) return [planScoring(run, archive)];
  return [planExecution(run, made), planScoring(run, archive, { made, handover })];
}

/** The plans as an engine that sees this machine's files would be given them. */
export function shownPlans(stages: readonly StagePlan[]): RunPlan[] {
  return stages.map(({ plan, inputs }) => withMounts(plan, inputs));
}

/**
 * The first of two containers: the submission's code, with no rights and nothing of value in reach.
 */
export function planExecution(run: ContainerRun, result: StageFile): StagePlan {
  const report = '/tmp/run_report.json';
  return {
    plan: {
      ...planOfCode(run),
      command: ['execute', ...run.arguments, '--report', report],
      user: untrustedUser,
      ...ownRuntime,
    },
    inputs: [dataInput(run), zipInput(run)],
    report,
    trust: 'until-main',
    result,
  };
}

/**
 * The second: validates and searches, on the GPU where the track has use for one. None of the
 * submission's code is in it, and it has no network.
 * @param subset what the first one leaves, and how it comes in; undefined where nothing runs before
 */
export function planScoring(
  run: SubmissionRun,
  result: StageFile,
  subset?: { readonly made: StageFile; readonly handover: Handover },
): StagePlan {
  const file = subset?.handover === 'file' ? subsetInput(subset.made) : undefined;
  const handed = file === undefined ? subset?.made : undefined;
  const from = file?.target ?? (handed && standardInput);
  const base = basePlan(run, 'score');
  return {
    plan: {
      ...base,
      command: ['score', ...run.arguments, ...(from === undefined ? [] : ['--subset', from])],
      environment: { ...base.environment, ...progressVariable },
      network: 'none',
      gpus: run.scoringGpus,
      ...ownRuntime,
      ...(handed && { readsInput: true }),
      limits: run.scoringLimits,
    },
    inputs: [dataInput(run), zipInput(run, run.scoredZip), ...(file ? [file] : [])],
    report: `${inside.submission}/run_report.json`,
    trust: 'all',
    result,
    ...(handed && { handed }),
    ...(subset?.handover === 'standby' && { standsBy: true }),
  };
}

/** What the runtime calls it. */
const standardInput = '-';

/** The one container of an image that has its own way of doing all of it. */
export function planWhole(run: SubmissionRun, result: StageFile): StagePlan {
  return {
    plan: planOfCode(run),
    inputs: [dataInput(run), { ...zipInput(run), ownFolder: true }],
    report: `${inside.submission}/run_report.json`,
    trust: 'nothing',
    result,
  };
}

/** Of whichever container the submission's code runs in. */
function planOfCode(run: ContainerRun): RunPlan {
  const plan = basePlan(run, 'run');
  return { ...plan, environment: { ...run.variables, ...plan.environment } };
}

function basePlan(run: ContainerRun, stage: string): RunPlan {
  return {
    name: `vsc-${nameOf(run.root)}-${run.id}-${stage}`,
    image: run.image,
    command: [],
    environment: { DATASET: run.dataset, PHASE2: String(run.phase2), PYTHONUNBUFFERED: '1' },
    labels: containerLabels(run.root, run.owner, run.id),
    mounts: [],
    network: run.blockInternet ? 'none' : 'default',
    gpus: run.gpus,
    shmBytes,
    init: true,
    unprivileged: false,
    limits: run.limits,
  };
}

function dataInput(run: ContainerRun): Input {
  return { source: run.data, target: inside.data };
}

function subsetInput(made: StageFile): Input {
  return { source: made.target, target: `${inside.submission}/${posix.basename(made.path)}` };
}

function zipInput(run: ContainerRun, source = run.zip): Input {
  return { source, target: `${inside.submission}/submission.zip` };
}

/** The project's folder name as far as a container's name may hold it. */
function nameOf(root: string): string {
  const name = basename(root)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-');
  return name.replace(/^-|-$/g, '').slice(0, 30) || 'project';
}
