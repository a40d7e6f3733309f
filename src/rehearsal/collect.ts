import { rename, rm } from 'node:fs/promises';
import { SubmissionFailed } from '../errors.ts';
import { onOwnDisk } from '../files.ts';
import type { RecordedFile } from '../provenance/provenance.ts';
import { readResultArchive } from '../scoring/result-archive.ts';
import type { InputGuard } from './input-guard.ts';
import type { Prepared } from './prepared.ts';
import type { StageResult } from './run-stage.ts';
import type { StagesRun } from './run-stages.ts';
import { joinReports, type RuntimeReport } from './runtime-report.ts';

/** How a run ended; its results, if it has any, are in `submission/`. */
export type Outcome = Succeeded | Failed;

interface Ended {
  readonly started: Date;
  readonly finished: Date;
  /** What it was given, as it was all the while. */
  readonly inputs: readonly RecordedFile[];
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
}

/**
 * Counts what the stages left, and makes it the project's. An earlier run's results go where this one
 * failed, or its verdict would seem to be theirs; what main.py made is kept all the same.
 * @throws EnvironmentError where an input changed meanwhile, or the disk is full: then an earlier
 * run's results stand as they did
 */
export async function collect(
  prepared: Prepared,
  ran: StagesRun,
  guard: InputGuard,
): Promise<Outcome> {
  const { started, finished, results } = ran;
  const last = results.at(-1);
  const counted = last?.failure ?? (await factsOf(results, prepared));
  const ended = { started, finished, inputs: await guard.unchanged() };
  const { work, request } = prepared;
  const { archive, subset } = request.project;
  const failed = counted instanceof SubmissionFailed;
  if (failed) await rm(archive, { force: true });
  else await publish(work.archive, archive);
  await rm(subset, { force: true });
  await publish(work.subset, subset);
  return failed
    ? { ...ended, failure: counted, report: last?.report }
    : { ...ended, facts: counted };
}

/** Adds up what the stages told, and counts what is in the archive that the last one left. */
async function factsOf(
  results: readonly StageResult[],
  { request, data, work }: Prepared,
): Promise<RunFacts | SubmissionFailed> {
  try {
    const counts = await readResultArchive(work.archive, request.track);
    const report = results.map((result) => result.report).reduce(joinReports);
    return {
      ...counts,
      report,
      containerSeconds: results.reduce((sum, { outcome }) => sum + (outcome?.seconds ?? 0), 0),
      peakMemoryBytes: report?.peakMemoryBytes ?? results[0]?.outcome?.peakMemoryBytes,
      subsetQueries: data.subset.length,
    };
  } catch (error) {
    if (error instanceof SubmissionFailed) return error;
    throw error;
  }
}

/** Puts a result in the place of an earlier one; nothing happens where there is none. */
async function publish(source: string, target: string): Promise<void> {
  await onOwnDisk(`write ${target}`, () =>
    rename(source, target).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    }),
  );
}
