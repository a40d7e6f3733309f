import { basename } from 'node:path';
import * as v from 'valibot';
import { InvalidSubmission, SubmissionFailed } from '../errors.ts';
import { bringImage, wantedImageSchema } from '../image/bring.ts';
import type { Reporter } from '../progress/events.ts';
import { projectAt, withData, withSubmission } from '../project.ts';
import { limitsSchema } from '../rehearsal/limits-schema.ts';
import type { RehearsalRequest, RehearsalWorld } from '../rehearsal/prepared.ts';
import { rehearse } from '../rehearsal/rehearse.ts';
import { reportUnrun } from '../rehearsal/run-report.ts';
import type { TaskRunner } from '../tasks/run-task.ts';
import type { TaskSpec } from '../tasks/task.ts';
import type { TrackName } from '../tracks/names.ts';
import { tracks } from '../tracks/tracks.ts';
import type { Judgement } from './verdict.ts';

/** The kind of a task that judges a submission. */
export const submissionKind = 'submission';

/** What all submissions of a batch are judged by: plain data, all paths absolute. */
const rehearsalSchema = v.object({
  root: v.string(),
  /** In place of the project's own. */
  data: v.exactOptional(v.string()),
  track: v.picklist(Object.keys(tracks) as TrackName[]),
  dataset: v.string(),
  image: v.object({
    wanted: wantedImageSchema,
    kind: v.picklist(['named', 'local', 'official', 'slim']),
    variant: v.exactOptional(v.picklist(['slim', 'slim-torch'])),
    why: v.string(),
    cpuOrGpu: v.picklist(['cpu', 'gpu']),
    registryImage: v.string(),
  }),
  skipGpu: v.boolean(),
  gpuAsked: v.boolean(),
  blockInternet: v.boolean(),
  phase2: v.boolean(),
  limits: v.object({ container: limitsSchema, logBytes: v.number() }),
  officialLimits: v.boolean(),
  skipPreflight: v.boolean(),
  settings: v.array(v.object({ name: v.string(), value: v.string(), source: v.string() })),
});

const workSchema = v.object({ zip: v.string(), rehearsal: rehearsalSchema });

/** How the submissions of a batch are rehearsed. */
export type BatchRehearsal = Readonly<v.InferOutput<typeof rehearsalSchema>>;

/** A submission as a task. */
export function submissionSpec(
  zip: string,
  rehearsal: BatchRehearsal,
  plan: Pick<TaskSpec, 'vsc' | 'key' | 'inputs'>,
): Omit<TaskSpec, 'version'> {
  return { ...plan, kind: submissionKind, work: { zip, rehearsal } };
}

/** What a submission prints goes into its log, and what is told of it into its report. */
const unwatched: Reporter = { report() {}, async output() {} };

/** Judges submissions, each by itself: nothing of one is seen by another. */
export function submissionRunner(world: RehearsalWorld): TaskRunner {
  return async ({ work: told }, attempt, signal) => {
    const { zip, rehearsal } = v.parse(workSchema, told);
    const { wanted, ...image } = rehearsal.image;
    await bringImage(await world.engine(), wanted, signal);
    const { root, data, track, ...asked } = rehearsal;
    const own = projectAt(root);
    const project = data === undefined ? own : withData(own, asked.dataset, data);
    const request: RehearsalRequest = {
      ...asked,
      track: tracks[track],
      project: withSubmission(project, zip, attempt.folder, attempt.published),
      image: {
        chosen: { ...image, id: wanted.id, name: wanted.name },
        cpuOrGpu: image.cpuOrGpu,
        registryImage: image.registryImage,
        roots: [],
      },
    };
    await attempt.succeed(await judge(request, { ...world, reporter: unwatched, signal }));
  };
}

/**
 * The verdict on a submission, whose results and report are left where the request says.
 * @throws EnvironmentError for what is no fault of the submission; the signal's reason
 */
async function judge(request: RehearsalRequest, world: RehearsalWorld): Promise<Judgement> {
  const { project } = request;
  const report = basename(project.reportPage);
  try {
    const { outcome, assessment } = await rehearse(request, world);
    if (outcome.failure !== undefined) return { ...verdictOn(outcome.failure), report };
    const { facts } = outcome;
    const { score, reproduction } = assessment;
    return {
      verdict: 'runs',
      cause: null,
      message: null,
      score: score?.headline.full ?? null,
      subsetScore: score?.headline.subset ?? null,
      secondsPerQuery: facts.pace?.secondsPerQuery ?? null,
      containerSeconds: facts.containerSeconds,
      peakMemoryBytes: facts.peakMemoryBytes ?? null,
      reproduction: reproduction.data.verdict,
      report,
    };
  } catch (error) {
    if (!(error instanceof InvalidSubmission || error instanceof SubmissionFailed)) throw error;
    const judgement = verdictOn(error);
    const findings = error instanceof InvalidSubmission ? error.findings : [];
    const kind = error instanceof InvalidSubmission ? 'invalid' : 'failed';
    await reportUnrun(request, { kind, reason: error.message, next: error.next, findings });
    return { ...judgement, report };
  }
}

function verdictOn(error: InvalidSubmission | SubmissionFailed): Omit<Judgement, 'report'> {
  const isInvalid = error instanceof InvalidSubmission;
  const [first, ...others] = isInvalid ? error.findings : [];
  const told = error.message.replace(/^The submission failed: /, '');
  const more = others.length > 0 ? ` (and ${others.length} more)` : '';
  return {
    verdict: isInvalid ? 'invalid' : 'failed',
    cause: error.reason ?? 'failed',
    message: first === undefined ? told : `${first.file}: ${first.message}${more}`,
    score: null,
    subsetScore: null,
    secondsPerQuery: null,
    containerSeconds: null,
    peakMemoryBytes: null,
    reproduction: null,
  };
}
