import { join } from 'node:path';
import { dataFolder } from '../dataset/layout.ts';
import { readQuerySubset } from '../dataset/metadata.ts';
import type { Project } from '../project.ts';
import { compareDescriptors } from '../reproduction/compare.ts';
import {
  type NotCompared,
  type Reproduction,
  reproductionLines,
} from '../reproduction/reproduction.ts';
import type { SubmissionScore } from '../scoring/score.ts';
import { scoreSummary } from '../scoring/score-lines.ts';
import { scoreSubmission } from '../scoring/score-submission.ts';
import type { Track } from '../tracks/descriptor.ts';

/** What a run was worth. */
export interface Assessment {
  /** Null where the dataset has no ground truth. */
  readonly score: SubmissionScore | null;
  readonly reproduction: Reproduction | NotCompared;
  /** For the summary: nothing where there is nothing to tell. */
  readonly lines: readonly string[];
}

/**
 * Scores what a run left in `submission/` and, where it left the descriptors that `main.py` made too,
 * compares them with the submitted ones. Those of an earlier run must be gone before.
 *
 * @throws SubmissionFailed for malformed results, EnvironmentError for missing or malformed data
 */
export async function assessRun(
  project: Project,
  dataset: string,
  track: Track,
  signal: AbortSignal,
): Promise<Assessment> {
  const data = dataFolder(join(project.data, dataset));
  const score = (await scoreSubmission(project.archive, data, track)) ?? null;
  const made = join(project.submission, track.subsetSet);
  const subset = await readQuerySubset(data.querySubset);
  const reproduction = await compareDescriptors(project.zip, made, subset, track, signal);
  const scoreLines = score === null ? [] : [...scoreSummary(score), '  Look closer: vsc score'];
  const sections = [scoreLines, reproductionLines(reproduction)].filter(({ length }) => length > 0);
  return { score, reproduction, lines: sections.flatMap((lines) => ['', ...lines]) };
}
