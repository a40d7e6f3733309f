import type { InputPlacement } from '../engine/inputs.ts';
import type { ContainerFiles, RunOutcome } from '../engine/port.ts';
import { SubmissionFailed } from '../errors.ts';
import { takeFile, takeText } from './collect.ts';
import type { RunLog } from './log.ts';
import type { StagePlan } from './run-plan.ts';
import { parseRunReport, type RunReport } from './runtime-report.ts';

/** What the containers of one rehearsal share. */
export interface Stagehand {
  readonly placement: InputPlacement;
  readonly log: RunLog;
  readonly signal: AbortSignal;
}

/** How a container ended and what the runtime in it said. */
export interface StageResult {
  readonly outcome: RunOutcome;
  readonly report: RunReport | undefined;
  /** Whether it left what it had to; taken out only of a container that ended well. */
  readonly taken: boolean;
}

/** A report is a page of numbers and, at worst, of findings. */
const maxReportBytes = 4 * 2 ** 20;

/** Runs one container and takes out what it made. */
export async function runStage(
  { plan, inputs, report: reportPath, result }: StagePlan,
  { placement, log, signal }: Stagehand,
): Promise<StageResult> {
  let report: RunReport | undefined;
  let taken = false;
  const outcome = await placement.run(plan, inputs, {
    signal,
    onOutput: (chunk) => log.write(chunk),
    onExited: async (files, { exitCode }) => {
      report = await takeReport(files, reportPath);
      if (exitCode === 0) taken = await takeFile(files, result, result.target);
    },
  });
  return { outcome, report, taken };
}

/** The runtime's report; none where something else has taken its place. */
async function takeReport(files: ContainerFiles, path: string): Promise<RunReport | undefined> {
  try {
    const text = await takeText(files, { path, maxBytes: maxReportBytes });
    return text === undefined ? undefined : parseRunReport(text);
  } catch (error) {
    if (error instanceof SubmissionFailed) return undefined;
    throw error;
  }
}
