import { maxDescriptors } from '../dataset/metadata.ts';
import { withMounts } from '../engine/inputs.ts';
import type { RunPlan } from '../engine/port.ts';
import { openSubmission } from '../preflight/open-submission.ts';
import type { PreparedRehearsal, RehearsalRequest } from './prepare.ts';
import {
  inside,
  planExecution,
  planScoring,
  planWhole,
  type StageFile,
  type StagePlan,
} from './run-plan.ts';
import { workFolder } from './work-folder.ts';

/** The label by which an image says that it runs and scores in separate containers. */
const contractLabel = 'vsc.runtime.contract';

/** Bytes of an npz that a vector may take beside its values: an id, two timestamps, headers. */
const bytesBesideValues = 64;
const slackBytes = 2 ** 20;

/** A result archive is some hundred bytes for each pair, and never this large. */
const maxArchiveBytes = 2 ** 30;

/**
 * The containers of a rehearsal, in their order. Our own images run the code in one and score in
 * another; the organisers' do all in one.
 */
export async function planStages(
  request: RehearsalRequest,
  prepared: PreparedRehearsal,
): Promise<readonly StagePlan[]> {
  const { project, track } = request;
  const { run, choice } = prepared;
  const work = workFolder(project, run);
  const archive: StageFile = {
    path: `${inside.submission}/${track.resultArchive}`,
    target: work.archive,
    maxBytes: maxArchiveBytes,
  };
  if (choice.image.labels[contractLabel] === undefined) return [planWhole(run, archive)];
  if (!(await hasCode(request, prepared))) return [planScoring(run, archive, undefined)];
  const subset: StageFile = {
    path: `${inside.code}/${track.subsetSet}`,
    target: work.subset,
    maxBytes: maxSubsetBytes(request, prepared),
  };
  return [planExecution(run, subset), planScoring(run, archive, subset.target)];
}

/** The plans as an engine that sees this machine's files would be given them. */
export function shownPlans(stages: readonly StagePlan[]): RunPlan[] {
  return stages.map(({ plan, inputs }) => withMounts(plan, inputs));
}

async function hasCode(
  { project, track }: RehearsalRequest,
  { facts }: PreparedRehearsal,
): Promise<boolean> {
  const submission = await openSubmission(project.zip, { freeBytes: facts.freeBytes });
  try {
    return submission.files.has(track.entryPoint);
  } finally {
    await submission.close();
  }
}

function maxSubsetBytes({ track }: RehearsalRequest, { data, facts }: PreparedRehearsal): number {
  const vectors = maxDescriptors(facts.queryDurations, data.subset);
  return vectors * ((track.maxDimensions + 1) * 4 + bytesBesideValues) + slackBytes;
}
