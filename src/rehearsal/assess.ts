import { truthIn } from '../dataset/layout.ts';
import type { Frames } from '../frames/frames.ts';
import { takeFrames } from '../frames/take-frames.ts';
import type { Judged, Scored } from '../tracks/track.ts';
import type { Outcome } from './collect.ts';
import type { Prepared, RehearsalWorld } from './prepared.ts';

/** What a run was worth. */
export interface Assessment {
  /** Null where the dataset has no ground truth. */
  readonly score: Scored | null;
  readonly reproduction: Judged;
}

/**
 * Scores what a run left, and judges how what `main.py` made compares with what was submitted; of a
 * run that failed there is nothing to tell.
 * @throws SubmissionFailed for malformed results, EnvironmentError for missing or malformed data
 */
export async function assess(
  { request, data, stages, work }: Prepared,
  outcome: Outcome,
  signal: AbortSignal,
): Promise<Assessment> {
  if (outcome.failure !== undefined) return nothing;
  const { results } = request.track;
  const score = await results.score(
    work.archive,
    truthIn(data.files.folder, results.truth),
    signal,
  );
  const reproduction = await results.judge(
    {
      archive: work.archive,
      measured: outcome.facts.report?.reproduction,
      hasCode: stages.length > 1 || stages.at(-1)?.trust !== 'all',
      subset: data.subset,
    },
    signal,
  );
  return { score: score ?? null, reproduction };
}

/** Of a run that failed. */
const nothing: Assessment = {
  score: null,
  reproduction: { data: { verdict: 'not compared', why: 'the run failed' }, report: {}, lines: [] },
};

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
  const asked = { project, track, dataset, data: data.files, pairs: score.pairs };
  return takeFrames({ ...asked, image, folder, limits }, world);
}
