import { type Finding, InvalidSubmission, type VscError } from '../errors.ts';
import type {
  Counts,
  Digest,
  LogTail,
  ReportModel,
  SettingUsed,
  Stage,
  Verdict,
  Version,
} from '../report/model.ts';
import type { Reproduction } from '../reproduction/reproduction.ts';
import type { SubmissionScore } from '../scoring/score.ts';
import type { Track } from '../tracks/descriptor.ts';
import type { RunReport } from './runtime-report.ts';
import { paceOf, type RunFacts, stageNames } from './summary.ts';

/** What a rehearsal knows when it has ended, however it ended. */
export interface RunKnowledge {
  readonly track: Track;
  readonly dataset: string;
  readonly startedAt: Date;
  /** Why it failed or was not even started; absent where all went well. */
  readonly failure?: VscError;
  /** Absent where the run failed or never began; `run` then has what the image said. */
  readonly facts?: RunFacts;
  /** What the image's runtime said, where there are no facts. */
  readonly run?: RunReport;
  /** Warnings of the checks without Docker. */
  readonly warnings?: readonly Finding[];
  readonly score?: SubmissionScore;
  readonly reproduction?: Reproduction;
  readonly memoryLimitBytes?: number;
  readonly settings: readonly SettingUsed[];
  readonly digests: readonly Digest[];
  readonly versions: readonly Version[];
  readonly log?: LogTail;
}

/** The report of a rehearsal, ready for `writeReport`. */
export function reportModelOf(known: RunKnowledge): ReportModel {
  const { facts, failure, score, reproduction, log } = known;
  const run = facts?.report ?? known.run;
  const peakBytes = facts?.peakMemoryBytes ?? run?.peakMemoryBytes;
  const pace = facts && paceOf(facts, known.track);
  const limitBytes = known.memoryLimitBytes;
  return {
    version: 1,
    track: known.track.title,
    dataset: known.dataset,
    startedAt: known.startedAt.toISOString(),
    verdict: verdictOf(failure, run),
    findings: failure instanceof InvalidSubmission ? failure.findings : (known.warnings ?? []),
    stages: stagesOf(run),
    counts: countsOf(run, facts),
    settings: known.settings,
    digests: known.digests,
    versions: known.versions,
    ...(score && { score }),
    ...(facts && { containerSeconds: facts.containerSeconds }),
    ...(pace && Number.isFinite(pace.projectedSeconds) && { pace }),
    ...(peakBytes !== undefined &&
      Number.isFinite(peakBytes) && {
        memory: { peakBytes, ...(limitBytes !== undefined && { limitBytes }) },
      }),
    ...(reproduction && { reproduction: storable(reproduction) }),
    ...(log && { log }),
  };
}

function verdictOf(failure: VscError | undefined, run: RunReport | undefined): Verdict {
  if (failure === undefined) return { kind: 'ok' };
  const { message: reason, next } = failure;
  if (failure instanceof InvalidSubmission) return { kind: 'invalid', reason, next };
  const stage = run?.failure?.stage;
  return { kind: 'failed', reason, next, ...(stage !== undefined && { stage }) };
}

/** More stages than any image has; beyond them a report was made up by what ran in the container. */
const mostStages = 40;

/** The image says how long each stage took; they ran one after the other. */
function stagesOf(run: RunReport | undefined): Stage[] {
  let start = 0;
  const stages = (run?.stages ?? []).filter(
    ({ seconds }) => seconds >= 0 && Number.isFinite(seconds),
  );
  return stages.slice(0, mostStages).map(({ name, seconds }) => {
    const stage = { name, label: stageNames[name] ?? name, start, seconds };
    start += seconds;
    return stage;
  });
}

function countsOf(run: RunReport | undefined, facts: RunFacts | undefined): Counts {
  const known: Readonly<Record<keyof Counts, number | undefined>> = {
    queryDescriptors: run?.counts.query_descriptors,
    referenceDescriptors: run?.counts.reference_descriptors,
    subsetDescriptors: run?.counts.subset_query_descriptors,
    fullPairs: facts?.fullPairs,
    subsetPairs: facts?.subsetPairs,
    subsetQueries: facts?.subsetQueries,
  };
  return Object.fromEntries(Object.entries(known).filter(([, count]) => Number.isFinite(count)));
}

/** JSON has no infinity: vectors of length zero have no ratio that could be stored. */
function storable(reproduction: Reproduction): Reproduction {
  const { lengthRatio } = reproduction;
  const fits = lengthRatio === null || Number.isFinite(lengthRatio.max + lengthRatio.min);
  return fits ? reproduction : { ...reproduction, lengthRatio: null };
}
