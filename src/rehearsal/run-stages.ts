import { InputPlacement } from '../engine/inputs.ts';
import type { InputGuard } from './input-guard.ts';
import { openLog } from './log.ts';
import type { Prepared, RehearsalWorld } from './prepared.ts';
import { runStage, type StageResult } from './run-stage.ts';

/** How the stages went. What they made is in the work folder. */
export interface StagesRun {
  readonly started: Date;
  readonly finished: Date;
  /** Of the stages that ran, in their order; the last is the one that failed, if one did. */
  readonly results: readonly StageResult[];
}

/**
 * Runs the stages one after the other; the first that fails is the last. The log is on the disk as it
 * comes, whatever happens.
 * @throws EnvironmentError for what is no fault of the submission; the signal's reason
 */
export async function runStages(
  { request, limits, stages }: Prepared,
  guard: InputGuard,
  { engine, reporter, signal }: RehearsalWorld,
): Promise<StagesRun> {
  const { project, dataset } = request;
  const started = new Date();
  reporter.report({ type: 'step', message: `Testing ${project.zip} on ${dataset}` });
  const log = await openLog(project.log, limits.logBytes, reporter);
  try {
    const placement = new InputPlacement(await engine(), reporter);
    const context = { placement, log, logPath: project.log, limits, signal };
    const results: StageResult[] = [];
    for (const stage of stages) {
      if (results.at(-1)?.failure !== undefined) break;
      results.push(await runStage(stage, context));
      await guard.check();
    }
    return { started, finished: new Date(), results };
  } finally {
    await log.close();
  }
}
