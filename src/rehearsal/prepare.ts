import { randomBytes } from 'node:crypto';
import { type PreparedData, requireData } from '../dataset/require-data.ts';
import type { ContainerEngine } from '../engine/port.ts';
import { EnvironmentError, InvalidSubmission } from '../errors.ts';
import { exists } from '../files.ts';
import {
  chooseImage,
  describeChoice,
  type ImageChoice,
  type ImageOptions,
} from '../image/choice.ts';
import { type KnownFacts, knownFacts, rejection, warningsOf } from '../preflight/inspect.ts';
import { preflight } from '../preflight/preflight.ts';
import type { Reporter } from '../progress/events.ts';
import type { Project } from '../project.ts';
import type { Track } from '../tracks/descriptor.ts';
import { type RunLimits, withOfficialTime } from './limits.ts';
import type { SubmissionRun } from './run-plan.ts';

/** What is asked of any container that gets the data. */
export interface RunOptions {
  readonly project: Project;
  readonly track: Track;
  readonly dataset: string;
  readonly image: ImageOptions;
  readonly skipGpu: boolean;
  readonly blockInternet: boolean;
}

/** What a rehearsal is asked to do. */
export interface RehearsalRequest extends RunOptions {
  readonly phase2: boolean;
  readonly limits: RunLimits;
  /** Allow the organisers' seconds per query, and no more. */
  readonly officialLimits: boolean;
}

/** What a rehearsal works with. */
export interface RehearsalTools {
  readonly engine: () => Promise<ContainerEngine>;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** This process and machine, for the labels of containers. */
  readonly owner: { readonly pid: number; readonly hostname: string };
  readonly isAlive: (pid: number) => boolean;
}

/** A rehearsal that is ready to go. */
export interface PreparedRehearsal {
  readonly run: SubmissionRun;
  readonly choice: ImageChoice;
  readonly data: PreparedData;
  readonly facts: KnownFacts;
  readonly limits: RunLimits;
}

/** @throws EnvironmentError that names the pack commands when there is no submission to test */
async function requireZip(project: Project): Promise<void> {
  if (await exists(project.zip)) return;
  throw new EnvironmentError(`There is no submission at ${project.zip}.`, [
    'vsc pack-quickstart    packs random descriptors and a minimal main.py, to try it out',
    'vsc pack-submission    packs your own submission_src/',
  ]);
}

/**
 * Finds the zip, the data and the image, and plans the run.
 * @throws EnvironmentError that names the command to run next
 */
export async function prepareRehearsal(
  request: RehearsalRequest,
  tools: RehearsalTools,
): Promise<PreparedRehearsal> {
  const { project, dataset, track } = request;
  const { reporter, owner } = tools;
  await requireZip(project);
  const data = await requireData(project, dataset);
  if (data.absent.length > 0) {
    const message = `${data.absent.length} of the ${data.subset.length} videos of the subset are not in ${data.files.queries}: main.py will not find them.`;
    reporter.report({ type: 'warning', message });
  }
  const facts = await knownFacts({ ...request, scanFinite: true });
  const engine = await tools.engine();
  const choice = await chooseImage(engine, track, request.image);
  reporter.report({ type: 'note', message: describeChoice(choice) });
  const limits = request.officialLimits
    ? withOfficialTime(request.limits, track.secondsPerQuery, data.subset.length)
    : request.limits;
  const run: SubmissionRun = {
    id: randomBytes(4).toString('hex'),
    image: choice.image.id,
    root: project.root,
    zip: project.zip,
    data: data.files.folder,
    dataset,
    blockInternet: request.blockInternet,
    gpus: request.image.cpuOrGpu === 'gpu' && !request.skipGpu && choice.kind !== 'slim',
    phase2: request.phase2,
    limits: limits.container,
    owner,
  };
  return { run, choice, data, facts, limits };
}

/**
 * Checks the submission without Docker; warnings are reported.
 * @throws InvalidSubmission with everything that breaks a rule
 */
export async function passPreflight(
  { run, facts }: PreparedRehearsal,
  { reporter, signal }: RehearsalTools,
): Promise<void> {
  const findings = await preflight(run.zip, facts, signal);
  const examined = { path: run.zip, dataset: run.dataset, findings, missing: facts.missing };
  for (const finding of warningsOf(examined)) reporter.report({ type: 'finding', finding });
  const fault = rejection(examined, run.zip, { findings });
  if (fault === undefined) return;
  const next = [...fault.next, 'To run it all the same: --skip-preflight.'];
  throw new InvalidSubmission(fault.message, fault.findings, next, fault.data);
}
