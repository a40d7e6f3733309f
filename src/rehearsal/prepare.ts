import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type TruthFiles, truthIn, videoFile } from '../dataset/layout.ts';
import { type PreparedData, requireData } from '../dataset/require-data.ts';
import type { Limits } from '../engine/port.ts';
import { EnvironmentError, type Finding, InvalidSubmission, UsageError } from '../errors.ts';
import { localDisk } from '../files.ts';
import { warnOfStaleImage } from '../image/build.ts';
import { chooseImage, contractLabel, describeChoice, type ImageChoice } from '../image/choice.ts';
import { diagnoseGpu, requireGpu } from '../image/gpu.ts';
import { lookForFile, requireReplaceable } from '../places.ts';
import { type KnownFacts, knownFacts, rejection, warningsOf } from '../preflight/inspect.ts';
import { openSubmission } from '../preflight/open-submission.ts';
import { preflight } from '../preflight/preflight.ts';
import type { Reporter } from '../progress/events.ts';
import { shownName } from '../progress/visible.ts';
import { type Project, resultsOf } from '../project.ts';
import type { RunBounds, Track } from '../tracks/track.ts';
import { handoverOf } from './handover.ts';
import { withOfficialTime } from './limits.ts';
import type {
  Prepared,
  RehearsalRequest,
  RehearsalWorld,
  RunFile,
  RunOptions,
  WorkFolder,
} from './prepared.ts';
import { inside, planStages, type StageFile, type SubmissionRun } from './stages.ts';
import { workFolder } from './work-folder.ts';

/**
 * Finds the zip, the data and the image, checks the submission without Docker (unless that is to be
 * skipped; warnings are reported), and plans the stages.
 * @throws EnvironmentError that names the command to run next
 * @throws InvalidSubmission with everything that breaks a rule
 */
export async function prepare(request: RehearsalRequest, world: RehearsalWorld): Promise<Prepared> {
  const { project, track, dataset, image } = request;
  await requireZip(project, track);
  await requireReplaceable(...resultsOf(project, track.run.made.file));
  const data = await requireData(project, dataset, world.signal);
  warnOfAbsent(data, world.reporter);
  const facts = await knownFacts({ ...request, scanFinite: true });
  const engine = await world.engine();
  const asked = Promise.all([engine.setup(), engine.info()]);
  asked.catch(() => {}); // told where it is needed
  const choice = await chooseImage(engine, track, image);
  world.reporter.report({ type: 'note', message: describeChoice(choice) });
  await warnOfStaleImage(choice, track, image.roots, world.reporter);
  const warnings = request.skipPreflight
    ? []
    : await passPreflight(project.zip, dataset, facts, world);
  const limits = request.officialLimits
    ? withOfficialTime(request.limits, track.secondsPerQuery, data.subset.length)
    : request.limits;
  const [{ cores }, { product }] = await asked;
  const gpus = wantsGpus(request, choice) ? (world.gpus ?? 'all') : 'none';
  const scoringGpus = track.run.searches ? gpus : 'none';
  const bounds = await track.run.bounds({
    queryDurations: facts.queryDurations,
    referenceDurations: facts.referenceDurations,
    subset: data.subset,
    cores,
    hasGpu: scoringGpus !== 'none',
  });
  const ownImage = choice.image.labels[contractLabel] !== undefined;
  const id = randomBytes(4).toString('hex');
  const work = workFolder(project, track, { id, owner: world.owner });
  const isExcerpt = request.smoke && ownImage && track.submission.excerpt !== undefined;
  const scoredZip = isExcerpt ? work.excerpt : project.zip;
  const run: SubmissionRun = {
    id,
    image: choice.image.id,
    root: project.root,
    zip: project.zip,
    scoredZip,
    data: data.files.folder,
    dataset,
    arguments: track.run.arguments,
    blockInternet: request.blockInternet,
    gpus,
    phase2: request.phase2,
    ...(world.variables && { variables: world.variables }),
    limits:
      request.smoke && !ownImage ? withScoring(limits.container, bounds.scoring) : limits.container,
    scoringLimits: bounds.scoring,
    scoringGpus,
    owner: world.owner,
  };
  const { entryPoint } = track.submission;
  const hasCode = await hasFile(project.zip, entryPoint, facts.freeBytes);
  if (request.smoke && !hasCode) {
    throw new UsageError(
      `There is no ${entryPoint} in ${project.zip}: --smoke has nothing to try.`,
      ['The whole rehearsal runs without: vsc test-submission'],
    );
  }
  const results = resultFiles(track, work, bounds);
  const stages = planStages(run, results, {
    ownImage,
    handover: handoverOf(choice.image, limits.container, { cores, product }),
    hasCode,
  });
  return {
    request,
    id: run.id,
    choice,
    data,
    warnings,
    limits,
    scoringLimits: run.scoringLimits,
    work,
    scoredZip,
    stages,
    ...(request.keep && { rescue: { ...results.made, target: work.rescued } }),
    inputs: await inputFiles(project, data, truthIn(data.files.folder, track.results.truth)),
  };
}

/** Limits of the code for a container in which the scoring follows on it. */
function withScoring(limits: Limits, { seconds = 0 }: Limits): Limits {
  return limits.seconds === undefined ? limits : { ...limits, seconds: limits.seconds + seconds };
}

/** Whether a container gets the GPUs: the slim image can do nothing with them. */
export function wantsGpus({ image, skipGpu }: RunOptions, { kind }: ImageChoice): boolean {
  return image.cpuOrGpu === 'gpu' && !skipGpu && kind !== 'slim';
}

/** @throws EnvironmentError that names the commands which make one */
export async function requireZip(project: Project, { words }: Track): Promise<void> {
  const { zip } = project;
  if (await lookForFile(zip)) return;
  throw new EnvironmentError(`There is no submission at ${zip}.`, [
    ...(await caseRemedies(zip)),
    `vsc pack-quickstart    packs random ${words.submitted} and a minimal main.py, to try it out`,
    'vsc pack-submission    packs your own submission_src/',
  ]);
}

/** A word on what has the file's name in other letters: on Linux it is another file. */
async function caseRemedies(path: string): Promise<readonly string[]> {
  const name = basename(path);
  const names = await readdir(dirname(path)).catch(() => []);
  const alike = names.find((it) => it.toLowerCase() === name);
  return alike === undefined ? [] : [`There is ${shownName(alike)}: rename it to ${name}.`];
}

/** Says how many of the subset's videos are not there. */
export function warnOfAbsent({ absent, subset, files }: PreparedData, reporter: Reporter): void {
  if (absent.length === 0) return;
  const message = `${absent.length} of the ${subset.length} videos of the subset are not in ${files.queries}: main.py will not find them.`;
  reporter.report({ type: 'warning', message });
}

/** The warnings, which are reported too; errors are thrown. */
async function passPreflight(
  zip: string,
  dataset: string,
  { missing, ...facts }: KnownFacts,
  { reporter, signal }: RehearsalWorld,
): Promise<readonly Finding[]> {
  const findings = await localDisk(`check ${zip}`, () => preflight(zip, facts, signal));
  const inspected = { path: zip, dataset, findings, missing };
  const warnings = warningsOf(inspected);
  for (const finding of warnings) reporter.report({ type: 'finding', finding });
  const fault = rejection(inspected, zip, { findings });
  if (fault === undefined) return warnings;
  const next = [...fault.next, 'To run it all the same: --skip-preflight.'];
  throw new InvalidSubmission(fault.message, fault.findings, next, fault.data);
}

async function hasFile(zip: string, name: string, freeBytes: number): Promise<boolean> {
  const submission = await openSubmission(zip, { freeBytes });
  try {
    return submission.files.has(name);
  } finally {
    await submission.close();
  }
}

/** A result archive is some hundred bytes for each pair, and never this large. */
const maxArchiveBytes = 2 ** 30;

/** What the stages have to leave. */
function resultFiles(
  { run, results }: Track,
  work: WorkFolder,
  { maxMadeBytes }: RunBounds,
): { readonly archive: StageFile; readonly made: StageFile } {
  return {
    archive: {
      path: `${inside.submission}/${results.archive}`,
      target: work.archive,
      maxBytes: maxArchiveBytes,
    },
    made: {
      path: `${inside.code}/${run.made.file}`,
      target: work.made,
      maxBytes: maxMadeBytes,
    },
  };
}

/** The files that a run is given: the zip, the data's tables and the subset's videos. */
async function inputFiles(
  { zip }: Project,
  { files, subset, absent }: PreparedData,
  truth: TruthFiles,
): Promise<RunFile[]> {
  const without = new Set(absent);
  const present = [...new Set(subset)].filter((id) => !without.has(id));
  const given: RunFile[] = [
    { role: 'submission', path: zip },
    { role: 'query_metadata', path: files.queryMetadata },
    { role: 'reference_metadata', path: files.referenceMetadata },
    { role: 'query_subset', path: files.querySubset },
  ];
  const truths: RunFile[] = [
    { role: 'ground_truth', path: truth.full },
    { role: 'subset_ground_truth', path: truth.subset },
  ];
  for (const file of truths) if (await lookForFile(file.path)) given.push(file);
  const videos = present.map((id) => join(files.queries, videoFile(id)));
  return [...given, ...videos.map((path): RunFile => ({ role: 'video', path }))];
}

type GpuRequest = RunOptions & Pick<RehearsalRequest, 'gpuAsked'>;

/**
 * Makes sure of the GPU where the run wants one.
 * @throws EnvironmentError that says why a container can't have it, and the ways on
 */
export async function requireUsableGpu(
  { request, choice }: { readonly request: GpuRequest; readonly choice: ImageChoice },
  { engine, nvidiaSmi, gpus }: Pick<RehearsalWorld, 'engine' | 'nvidiaSmi' | 'gpus'>,
): Promise<void> {
  if (!wantsGpus(request, choice) && !request.gpuAsked) return;
  requireGpu(await diagnoseGpu(await engine(), await nvidiaSmi()), gpus);
  if (choice.kind !== 'slim') return;
  throw new EnvironmentError('The slim image can not use a GPU.', [
    'Get the gpu image: vsc pull --gpu, or vsc build --gpu.',
    'Or run on the CPU: CPU_OR_GPU=cpu.',
  ]);
}
