import { join } from 'node:path';
import { compareDescriptors } from '../reproduction/compare.ts';
import type { NotCompared, Reproduction } from '../reproduction/reproduction.ts';
import type { SubmissionScore } from '../scoring/score.ts';
import { scoreSubmission } from '../scoring/score-submission.ts';
import type { Outcome } from './collect.ts';
import type { Prepared } from './prepared.ts';

/** What a run was worth. */
export interface Assessment {
  /** Null where the dataset has no ground truth. */
  readonly score: SubmissionScore | null;
  readonly reproduction: Reproduction | NotCompared;
}

/**
 * Scores what a run left in `submission/` and, where it left the descriptors that `main.py` made too,
 * compares them with the submitted ones; of a run that failed there is nothing to tell.
 * @throws SubmissionFailed for malformed results, EnvironmentError for missing or malformed data
 */
export async function assess(
  { request, data }: Prepared,
  outcome: Outcome,
  signal: AbortSignal,
): Promise<Assessment> {
  if (outcome.failure !== undefined) {
    return { score: null, reproduction: { verdict: 'not compared', why: 'the run failed' } };
  }
  const { project, track } = request;
  const score = (await scoreSubmission(project.archive, data.files, track)) ?? null;
  const made = join(project.submission, track.subsetSet);
  const reproduction = await compareDescriptors(project.zip, made, data.subset, track, signal);
  return { score, reproduction };
}
