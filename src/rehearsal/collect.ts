import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SubmissionFailed } from '../errors.ts';
import { exists, localDisk, moveTo } from '../files.ts';
import { digestFiles, digestRankings, type RankingDigest } from '../provenance/digests.ts';
import type { RecordedFile } from '../provenance/provenance.ts';
import type { ResultCounts, Track } from '../tracks/track.ts';
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
export interface RunFacts extends ResultCounts {
  readonly containerSeconds: number;
  readonly report: RuntimeReport | undefined;
  readonly peakMemoryBytes: number | undefined;
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
  /** What the searches of whole sets would take; absent where too little was searched to tell. */
  readonly search?: {
    readonly seconds: number;
    readonly queries: number;
    readonly references: number;
  };
}

/**
 * Counts what the stages left, which is in the work folder yet.
 * @throws EnvironmentError where an input changed meanwhile
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
  const { request, work } = prepared;
  const { track } = request;
  const names = [track.results.files.full, track.results.files.subset];
  const ended = {
    started,
    finished,
    without: results.map(({ outcome }) => outcome?.without),
    doubts: results.flatMap(({ doubt }) => doubt ?? []),
    files: [...inputs, ...(await outputFiles(prepared, failed))],
    rankings: failed ? [] : await digestRankings(work.archive, names, signal),
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
      // Of a smoke test it holds less than the submission makes.
      ...(request.smoke ? {} : await request.track.results.count(work.archive, signal)),
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

function paceOf(report: RuntimeReport | undefined, queries: number, track: Track): Pace | null {
  const main = report?.stages.find(({ name }) => name === 'main');
  if (main === undefined || queries === 0) return null;
  const { secondsPerQuery: limit, officialSubsetQueries: projectedQueries } = track;
  const search = projectSearch(report, track);
  const secondsPerQuery = main.seconds / queries;
  return {
    secondsPerQuery,
    limit,
    projectedQueries,
    projectedSeconds: secondsPerQuery * projectedQueries,
    allowedSeconds: limit * projectedQueries,
    ...(search && { search }),
  };
}

/** A search of fewer seconds has spent too many of them on what does not grow with the sets. */
const leastSearchSeconds = 1;

/**
 * What both searches would take of whole sets, with as many vectors for a video, on the same machine: a
 * search takes as long as it has products of a query and a reference to make.
 */
function projectSearch(
  report: RuntimeReport | undefined,
  { officialVideos, officialSubsetQueries }: Track,
): Pace['search'] {
  const seconds = report?.stages.find(({ name }) => name === 'search_full')?.seconds ?? 0;
  const { queries = 0, references = 0 } = report?.counts ?? {};
  if (seconds < leastSearchSeconds || queries === 0 || references === 0) return undefined;
  const all = (officialVideos.queries + officialSubsetQueries) * officialVideos.references;
  return { ...officialVideos, seconds: (seconds * all) / (queries * references) };
}

/** What the run made, by the places that it will have. */
async function outputFiles(
  { request: { project, track }, work }: Prepared,
  failed: boolean,
): Promise<RecordedFile[]> {
  const { file, role } = track.run.made;
  const outputs: readonly (RunFile & { readonly now: string })[] = [
    { role, path: join(project.submission, file), now: work.made },
    { role: 'log', path: project.log, now: project.log },
    ...(failed
      ? []
      : [{ role: 'result_archive', path: project.archive, now: work.archive } as const]),
  ];
  const files: (typeof outputs)[number][] = [];
  for (const file of outputs) if (await exists(file.now)) files.push(file);
  return recordedFiles(files, await digestFiles(files.map(({ now }) => now)), project);
}

/**
 * Makes a run's results, its record and its report the project's, all in a moment: until then those of
 * an earlier run stand as they did. An earlier archive goes where this run failed, or its verdict
 * would seem to be the archive's; what main.py made is kept all the same. Of a smoke test there is neither archive
 * nor record: nobody is to take them for those of a rehearsal.
 */
export async function publish(
  { request: { project, track, smoke }, work }: Prepared,
  { failure }: Outcome,
): Promise<void> {
  if (failure !== undefined || smoke !== undefined) await rm(work.archive, { force: true });
  if (smoke !== undefined) await rm(work.provenance, { force: true });
  const { archive, provenance, report, reportPage } = project;
  await replace(work.archive, archive);
  await replace(work.provenance, provenance);
  await replace(work.made, join(project.submission, track.run.made.file));
  await replace(work.report, report);
  await replace(work.reportPage, reportPage);
}

/** Puts a result in the place of an earlier one, which goes where there is none. */
async function replace(source: string, target: string): Promise<void> {
  await localDisk(`write ${target}`, () =>
    moveTo(source, target).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      await rm(target, { force: true });
    }),
  );
}
