import { randomBytes } from 'node:crypto';
import { access, open, rm } from 'node:fs/promises';
import { requireData } from '../dataset/require-data.ts';
import type { ContainerEngine, RunOutcome, RunPlan } from '../engine/port.ts';
import { EnvironmentError, InvalidSubmission, SubmissionFailed } from '../errors.ts';
import {
  chooseImage,
  describeChoice,
  type ImageChoice,
  type ImageWishes,
} from '../image/choice.ts';
import type { Project } from '../project.ts';
import type { Reporter } from '../report/events.ts';
import type { Track } from '../track.ts';
import { preflight } from './preflight.ts';
import { preflightFacts } from './preflight-facts.ts';
import { readResultArchive } from './result-archive.ts';
import { planSubmissionRun } from './run-plan.ts';
import { type RunReport, readRunReport } from './run-report.ts';
import type { RunFacts } from './summary.ts';

/** What a rehearsal is asked to do. */
export interface RehearsalRequest {
  readonly project: Project;
  readonly track: Track;
  readonly dataset: string;
  readonly image: ImageWishes;
  readonly skipGpu: boolean;
  readonly blockInternet: boolean;
  readonly phase2: boolean;
  readonly owner: { readonly pid: number; readonly hostname: string };
}

/** What a rehearsal works with. */
export interface RehearsalTools {
  readonly engine: () => Promise<ContainerEngine>;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** A rehearsal that is ready to go. */
export interface PreparedRehearsal {
  readonly plan: RunPlan;
  readonly choice: ImageChoice;
  readonly subsetQueries: number;
}

/** @throws EnvironmentError that names the pack commands when there is no submission to test */
export async function requireZip(project: Project): Promise<void> {
  const there = await access(project.zip).then(
    () => true,
    () => false,
  );
  if (there) return;
  throw new EnvironmentError(`There is no submission at ${project.zip}.`, [
    'vsc pack-quickstart    packs random descriptors and a minimal main.py, to try it out',
    'vsc pack-submission    packs your own submission_src/',
  ]);
}

/**
 * Checks the submission without Docker; warnings are reported.
 * @throws InvalidSubmission with everything that breaks a rule
 */
export async function passPreflight(
  request: RehearsalRequest,
  tools: RehearsalTools,
): Promise<void> {
  const facts = await preflightFacts(request.project, request.dataset, request.phase2);
  const findings = await preflight(request.project.zip, facts, tools.signal);
  const errors = findings.filter(({ severity }) => severity === 'error');
  for (const finding of findings) {
    if (finding.severity === 'warning') tools.reporter.report({ type: 'finding', finding });
  }
  if (errors.length === 0) return;
  throw new InvalidSubmission(`${request.project.zip} would not be accepted:`, errors, [
    'To run it all the same: --skip-preflight.',
  ]);
}

/**
 * Finds the data and the image, and plans the container.
 * @throws EnvironmentError that names the command to run next
 */
export async function prepareRehearsal(
  request: RehearsalRequest,
  tools: RehearsalTools,
): Promise<PreparedRehearsal> {
  const { project, dataset } = request;
  const data = await requireData(project, dataset);
  if (data.absent.length > 0) {
    tools.reporter.report({
      type: 'warning',
      message: `${data.absent.length} of the ${data.subset.length} videos of the subset are not in ${data.files.queries}: main.py will not find them.`,
    });
  }
  const choice = await chooseImage(await tools.engine(), request.track, request.image);
  const plan = planSubmissionRun({
    id: randomBytes(4).toString('hex'),
    image: choice.image.id,
    project,
    data: data.files.folder,
    dataset,
    blockInternet: request.blockInternet,
    gpus: request.image.cpuOrGpu === 'gpu' && !request.skipGpu && choice.kind !== 'slim',
    phase2: request.phase2,
    owner: request.owner,
  });
  return { plan, choice, subsetQueries: data.subset.length };
}

/**
 * Runs the submission and reads what came out. The log is on the disk as it comes, whatever happens.
 * @throws SubmissionFailed when the run or its results are not what the organisers need
 */
export async function rehearse(
  request: RehearsalRequest,
  prepared: PreparedRehearsal,
  tools: RehearsalTools,
): Promise<RunFacts> {
  const { project, track } = request;
  const { reporter } = tools;
  reporter.report({ type: 'note', message: describeChoice(prepared.choice) });
  reporter.report({ type: 'step', message: `Testing ${project.zip} on ${request.dataset}` });
  // Nothing of an earlier run may look like this one's.
  await Promise.all([project.archive, project.runReport].map((path) => rm(path, { force: true })));
  const outcome = await runLogged(prepared.plan, project.log, tools);
  const report = await readRunReport(project.runReport);
  if (outcome.exitCode !== 0) throw failureOf(outcome, report, project);
  const pairs = await readResultArchive(project.archive, track);
  return {
    ...pairs,
    report,
    containerSeconds: outcome.seconds,
    peakMemoryBytes: report?.peakMemoryBytes ?? outcome.peakMemoryBytes,
    subsetQueries: prepared.subsetQueries,
  };
}

async function runLogged(plan: RunPlan, log: string, tools: RehearsalTools): Promise<RunOutcome> {
  const engine = await tools.engine();
  const file = await open(log, 'w');
  try {
    return await engine.run(plan, {
      signal: tools.signal,
      onOutput: async (chunk) => {
        await file.write(chunk);
        await tools.reporter.output(chunk);
      },
    });
  } finally {
    await file.close();
  }
}

/** The image's runtime exits with this where the environment, not the submission, is to blame. */
const environmentExitCode = 3;

function failureOf(outcome: RunOutcome, report: RunReport | undefined, project: Project): Error {
  const next = [`The whole output is in ${project.log}.`];
  const { failure } = report ?? {};
  if (outcome.outOfMemory) {
    return new SubmissionFailed('The submission failed: it ran out of memory.', next);
  }
  if (failure === undefined) {
    const what = `the container exited with code ${outcome.exitCode}`;
    return new SubmissionFailed(`The submission failed: ${what}.`, next);
  }
  if (outcome.exitCode === environmentExitCode) return new EnvironmentError(failure.message, next);
  return new SubmissionFailed(`The submission failed: ${failure.message}`, next);
}
