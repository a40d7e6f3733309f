import { rm } from 'node:fs/promises';
import { removeStaleContainers } from '../engine/container-labels.ts';
import { InputPlacement } from '../engine/inputs.ts';
import { SubmissionFailed } from '../errors.ts';
import { readResultArchive } from '../scoring/result-archive.ts';
import { causeOfDeath } from './failure.ts';
import { watchFiles } from './input-guard.ts';
import { openLog, type RunLog } from './log.ts';
import type { PreparedRehearsal, RehearsalRequest, RehearsalTools } from './prepare.ts';
import { shmBytes } from './run-plan.ts';
import { runStage, type Stagehand, type StageResult } from './run-stage.ts';
import { joinReports } from './runtime-report.ts';
import { planStages } from './stages.ts';
import type { RunFacts } from './summary.ts';
import { makeWorkFolder, publish, removeUnfinished, workFolder } from './work-folder.ts';

/**
 * Removes what a killed run left, runs the submission and reads what came out. The log is on the disk as it comes, whatever happens.
 * @throws SubmissionFailed when the run or its results are not what the organisers need
 */
export async function rehearse(
  request: RehearsalRequest,
  prepared: PreparedRehearsal,
  tools: RehearsalTools,
): Promise<RunFacts> {
  const { project, track } = request;
  const { reporter, signal, owner, isAlive } = tools;
  const { data, limits } = prepared;
  const engine = await tools.engine();
  await removeStaleContainers(
    engine,
    { root: project.root, hostname: owner.hostname, isAlive },
    reporter,
  );
  await removeUnfinished(project, { hostname: owner.hostname, isAlive });
  reporter.report({ type: 'step', message: `Testing ${project.zip} on ${request.dataset}` });
  const work = workFolder(project, prepared.run);
  await makeWorkFolder(work);
  let log: RunLog | undefined;
  try {
    log = await openLog(project.log, limits.logBytes, reporter);
    const placement = new InputPlacement(engine, reporter);
    const { outcome, report } = await runStages(request, prepared, { placement, log, signal });
    const counts = await readResultArchive(work.archive, track);
    await publish(work.archive, project.archive);
    await publish(work.subset, project.subset);
    return {
      ...counts,
      report,
      containerSeconds: outcome.seconds,
      peakMemoryBytes: report?.peakMemoryBytes ?? outcome.peakMemoryBytes,
      subsetQueries: data.subset.length,
      ...(outcome.without && { without: outcome.without }),
    };
  } catch (error) {
    // An earlier run's results stay, unless this one's verdict would seem to be theirs.
    if (error instanceof SubmissionFailed) {
      await rm(project.archive, { force: true });
      await rm(project.subset, { force: true });
      await publish(work.subset, project.subset);
    }
    throw error;
  } finally {
    await rm(work.folder, { recursive: true, force: true });
    await log?.close();
  }
}

/** Runs the containers one after the other; the first that fails is the last. */
async function runStages(
  request: RehearsalRequest,
  { run, data, limits, ...prepared }: PreparedRehearsal,
  stagehand: Stagehand,
): Promise<StageResult> {
  const { queryMetadata, referenceMetadata, querySubset, queries } = data.files;
  const watched = await watchFiles([
    run.zip,
    queryMetadata,
    referenceMetadata,
    querySubset,
    queries,
  ]);
  const { log } = request.project;
  let whole: StageResult | undefined;
  for (const stage of await planStages(request, { run, data, limits, ...prepared })) {
    const result = await runStage(stage, stagehand);
    await watched.check();
    const { exitCode, stoppedFor } = result.outcome;
    // A container that was stopped may still end with 0: the code in it had the time to see to that.
    if (exitCode !== 0 || stoppedFor !== undefined) {
      const [head, tail] = [stagehand.log.head(), stagehand.log.tail()];
      throw causeOfDeath({ ...result, trust: stage.trust, limits, shmBytes, head, tail, log });
    }
    if (!result.taken) {
      throw new SubmissionFailed(`The submission failed: it wrote no ${stage.result.path}.`, [
        `The whole output is in ${log}.`,
      ]);
    }
    whole = joinResults(whole, result);
  }
  if (whole === undefined) throw new TypeError('a rehearsal without a container');
  return whole;
}

function joinResults(first: StageResult | undefined, second: StageResult): StageResult {
  if (first === undefined) return second;
  const seconds = first.outcome.seconds + second.outcome.seconds;
  return {
    taken: true,
    outcome: { ...first.outcome, seconds },
    report: joinReports(first.report, second.report),
  };
}
