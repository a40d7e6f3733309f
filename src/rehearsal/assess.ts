import { type Frames, pairsToShow } from '../frames/frames.ts';
import { takeFrames } from '../frames/take-frames.ts';
import type { NotCompared, Reproduction } from '../reproduction/reproduction.ts';
import { judge } from '../reproduction/verdict.ts';
import type { SubmissionScore } from '../scoring/score.ts';
import { scoreSubmission } from '../scoring/score-submission.ts';
import type { Outcome } from './collect.ts';
import type { Prepared, RehearsalWorld } from './prepared.ts';

/** What a run was worth. */
export interface Assessment {
  /** Null where the dataset has no ground truth. */
  readonly score: SubmissionScore | null;
  readonly reproduction: Reproduction | NotCompared;
}

/**
 * Scores what a run left, and judges how the descriptors that `main.py` made compare
 * with the submitted ones; of a run that failed there is nothing to tell.
 * @throws SubmissionFailed for malformed results, EnvironmentError for missing or malformed data
 */
export async function assess(
  { request, data, stages, work }: Prepared,
  outcome: Outcome,
  signal: AbortSignal,
): Promise<Assessment> {
  const notCompared = (why: string) => ({ verdict: 'not compared', why }) as const;
  if (outcome.failure !== undefined) {
    return { score: null, reproduction: notCompared('the run failed') };
  }
  const score = (await scoreSubmission(work.archive, data.files, request.track, signal)) ?? null;
  const measured = outcome.facts.report?.reproduction;
  if (measured === undefined) {
    const compares = stages.at(-1)?.trust === 'all';
    const why =
      compares && stages.length === 1 ? 'there is no main.py' : 'the image does not compare';
    return { score, reproduction: notCompared(why) };
  }
  return { score, reproduction: 'verdict' in measured ? measured : judge(measured) };
}

/** What the score's pairs look like, for the report; undefined where there is no score. */
export async function look(
  { request, choice, data, scoringLimits, work }: Prepared,
  { score }: Assessment,
  world: RehearsalWorld,
): Promise<Frames | undefined> {
  if (score === null) return undefined;
  const { project, track, dataset } = request;
  const { image } = choice;
  const [folder, limits] = [work.frames, scoringLimits];
  const asked = { project, track, dataset, data: data.files, pairs: pairsToShow(score.full) };
  return takeFrames({ ...asked, image, folder, limits }, world);
}
