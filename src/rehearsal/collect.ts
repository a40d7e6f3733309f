import { rename, rm } from 'node:fs/promises';
import { SubmissionFailed } from '../errors.ts';
import { exists, localDisk } from '../files.ts';
import type { Project } from '../project.ts';
import { digestFiles, digestRankings, type RankingDigest } from '../provenance/digests.ts';
import type { RecordedFile } from '../provenance/provenance.ts';
import { readResultArchive } from '../scoring/result-archive.ts';
import type { Track } from '../tracks/descriptor.ts';
import { type InputGuard, recordedFiles } from './input-guard.ts';
import type { Prepared, RunFile } from './prepared.ts';
import type { StageResult, StagesRun } from './run-stages.ts';
import { joinReports, type RuntimeReport } from './runtime-report.ts';

/** How a run ended; its results, if it has any, are in `submission/`. */
export type Outcome = Succeeded | Failed;

interface Ended {
  readonly started: Date;
  readonly finished: Date;
  /** What it was given, as it was all the while, and what it left. */
  readonly files: readonly RecordedFile[];
  /** By stage: what the engine could not give its container, and it ran without. */
  readonly without: readonly (readonly string[] | undefined)[];
  /** What a container told of itself that can't be, and what took its place. */
  readonly doubts: readonly string[];
  /** Inside the result archive; none where the run failed. */
  readonly rankings: readonly RankingDigest[];
}

/** All stages ran, and left what they had to. */
interface Succeeded extends Ended {
  readonly failure?: undefined;
  readonly facts: RunFacts;
}

/** The submission's own fault. */
interface Failed extends Ended {
  readonly failure: SubmissionFailed;
  /** What the image's runtime lived to say. */
  readonly report: RuntimeReport | undefined;
}

/** What is known of a run that went well. */
export interface RunFacts {
  readonly containerSeconds: number;
  readonly report: RuntimeReport | undefined;
  readonly peakMemoryBytes: number | undefined;
  readonly fullPairs: number;
  readonly subsetPairs: number;
  readonly subsetQueries: number;
  /** Null where main.py did not run or nobody timed it. */
  readonly pace: Pace | null;
}

/** The time that `main.py` took, beside what the organisers allow; seconds. */
export interface Pace {
  readonly secondsPerQuery: number;
  readonly limit: number;
  /** What the organisers' subset would take at this pace, and what they allow for it. */
  readonly projectedSeconds: number;
  readonly projectedQueries: number;
  readonly allowedSeconds: number;
}

/**
 * Counts what the stages left, and makes it the project's. An earlier run's results go where this one
 * failed, or its verdict would seem to be theirs; what main.py made is kept all the same.
 * @throws EnvironmentError where an input changed meanwhile, or the disk is full: then an earlier
 * run's results stand as they did
 */
export async function collect(
  prepared: Prepared,
  { started, finished, results }: StagesRun,
  guard: InputGuard,
  signal: AbortSignal,
): Promise<Outcome> {
  const last = results.at(-1);
  const counted = last?.failure ?? (await factsOf(results, prepared, signal));
  const inputs = await guard.unchanged();
  const failed = counted instanceof SubmissionFailed;
  await publish(prepared, failed);
  const { project, track } = prepared.request;
  const names = failed ? [] : [track.fullRankings, track.subsetRankings];
  const ended = {
    started,
    finished,
    without: results.map(({ outcome }) => outcome?.without),
    doubts: results.flatMap(({ doubt }) => doubt ?? []),
    files: [...inputs, ...(await outputFiles(project))],
    rankings: failed ? [] : await digestRankings(project.archive, names, signal),
  };
  return failed
    ? { ...ended, failure: counted, report: last?.report }
    : { ...ended, facts: counted };
}

/** Adds up what the stages told, and counts what is in the archive that the last one left. */
async function factsOf(
  results: readonly StageResult[],
  { request, data, work }: Prepared,
  signal: AbortSignal,
): Promise<RunFacts | SubmissionFailed> {
  try {
    const report = results.map((result) => result.report).reduce(joinReports);
    const pace = paceOf(report, data.subset.length, request.track);
    return {
      ...(await readResultArchive(work.archive, request.track, signal)),
      report,
      containerSeconds: results.reduce((sum, { outcome }) => sum + (outcome?.seconds ?? 0), 0),
      peakMemoryBytes: report?.peakMemoryBytes ?? results[0]?.outcome?.peakMemoryBytes,
      subsetQueries: data.subset.length,
      pace,
    };
  } catch (error) {
    if (error instanceof SubmissionFailed) return error;
    throw error;
  }
}

function paceOf(
  report: RuntimeReport | undefined,
  queries: number,
  { secondsPerQuery: limit, officialSubsetQueries: projectedQueries }: Track,
): Pace | null {
  const main = report?.stages.find(({ name }) => name === 'main');
  if (main === undefined || queries === 0) return null;
  const secondsPerQuery = main.seconds / queries;
  return {
    secondsPerQuery,
    limit,
    projectedQueries,
    projectedSeconds: secondsPerQuery * projectedQueries,
    allowedSeconds: limit * projectedQueries,
  };
}

async function publish({ request, work }: Prepared, failed: boolean): Promise<void> {
  const { archive, subset } = request.project;
  if (failed) await rm(archive, { force: true });
  else await replace(work.archive, archive);
  await rm(subset, { force: true });
  await replace(work.subset, subset);
}

/** Puts a result in the place of an earlier one; nothing happens where there is none. */
async function replace(source: string, target: string): Promise<void> {
  await localDisk(`write ${target}`, () =>
    rename(source, target).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    }),
  );
}

async function outputFiles(project: Project): Promise<RecordedFile[]> {
  const outputs: readonly RunFile[] = [
    { role: 'subset_descriptors', path: project.subset },
    { role: 'log', path: project.log },
    { role: 'result_archive', path: project.archive },
  ];
  const files: RunFile[] = [];
  for (const file of outputs) if (await exists(file.path)) files.push(file);
  return recordedFiles(files, await digestFiles(files.map(({ path }) => path)), project.root);
}
