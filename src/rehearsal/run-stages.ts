import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { InputPlacement } from '../engine/inputs.ts';
import type { ContainerFiles, RunOutcome } from '../engine/port.ts';
import { takeFile, takeText } from '../engine/take-out.ts';
import { SubmissionFailed, VscError } from '../errors.ts';
import { localDisk } from '../files.ts';
import type { Reporter } from '../progress/events.ts';
import { Mask } from '../progress/mask.ts';
import { diagnoseFailure } from './failure.ts';
import { handedOver } from './handover.ts';
import type { InputGuard } from './input-guard.ts';
import { openLog, type RunLog } from './log.ts';
import type { Prepared, RehearsalWorld } from './prepared.ts';
import {
  type Believed,
  believable,
  parseRuntimeReport,
  type RuntimeReport,
} from './runtime-report.ts';
import { maxReportBytes, type StageProgress, stageProgress } from './stage-progress.ts';
import { type StageFile, type StagePlan, shmBytes } from './stages.ts';
import { valuesOf } from './variables.ts';

/** How the stages went. What they made is in the work folder. */
export interface StagesRun {
  readonly started: Date;
  readonly finished: Date;
  /** Of the stages that ran, in their order; the last is the one that failed, if one did. */
  readonly results: readonly StageResult[];
}

/**
 * Runs the stages one after the other; the first that fails is the last. One that stands by has its
 * container beside the stage before. The log is on the disk as it comes, whatever happens.
 * @param meanwhile begins what may take a core's time now: the first container runs, and with it the one that
 *   stands by; called once, or never
 * @throws EnvironmentError for what is no fault of the submission; the signal's reason
 */
export async function runStages(
  { request, limits, stages, rescue }: Prepared,
  guard: InputGuard,
  { engine, reporter, signal, variables }: RehearsalWorld,
  meanwhile: () => void,
): Promise<StagesRun> {
  const { project, dataset } = request;
  const started = new Date();
  reporter.report({ type: 'step', message: `Testing ${project.zip} on ${dataset}` });
  const secrets = valuesOf(variables);
  const log = await openLog(project.log, limits.logBytes, reporter, secrets);
  let standby: Standby | undefined;
  try {
    const placement = new InputPlacement(await engine(), reporter);
    const logPath = join(project.published, basename(project.log));
    const progress = stageProgress(request.track.run.stages, reporter, log.write);
    const smoke = request.smoke !== undefined;
    const context = {
      placement,
      log,
      logPath,
      progress,
      secrets,
      smoke,
      signal,
      ...(rescue && { rescue: (files: ContainerFiles) => rescued(files, rescue, reporter) }),
    };
    const results: StageResult[] = [];
    for (const [at, stage] of stages.entries()) {
      if (results.at(-1)?.failure !== undefined) break;
      const begun = standby;
      const next = stages[at + 1];
      const first = at === 0 ? { onStarted: meanwhile } : {};
      standby = next?.standsBy && standBy(next, { ...context, ...first });
      const own = { ...context, ...(standby?.cues ?? first) };
      const result = await (begun?.end() ?? runStage(stage, own));
      if (result.doubt !== undefined) {
        reporter.report({ type: 'warning', message: result.doubt });
      }
      results.push(result);
      await guard.check();
    }
    return { started, finished: new Date(), results };
  } finally {
    await standby?.cancel();
    await log.close();
  }
}

/** A stage whose container is there before its turn. */
interface Standby {
  /** What has it start beside the stage before, and go on with what that leaves. */
  readonly cues: Required<Pick<StageContext, 'onPlaced' | 'onTaken'>>;
  /** Its end, whatever cues it had. */
  end(): Promise<StageResult>;
  /** Ends and removes its container, if it has not come to its end. */
  cancel(): Promise<void>;
}

function standBy(stage: StagePlan, context: StageContext): Standby {
  const off = new AbortController();
  const signal = AbortSignal.any([context.signal, off.signal]);
  let begin = () => {};
  const turn = new Promise<void>((resolve, reject) => {
    begin = resolve;
    signal.addEventListener('abort', () => reject(signal.reason));
  });
  turn.catch(() => {}); // whoever waits for it is told
  let result: Promise<StageResult> | undefined;
  const start = () => {
    result ??= runStage(stage, { ...context, signal, turn });
    result.catch(() => {}); // told when its turn comes
    return result;
  };
  return {
    cues: { onPlaced: () => void start(), onTaken: begin },
    end() {
      begin();
      return start();
    },
    async cancel() {
      off.abort(new Error('The stage before it was the last.'));
      await result?.catch(() => {});
    },
  };
}

/** What the containers of one rehearsal share. */
export interface StageContext {
  readonly placement: InputPlacement;
  readonly log: RunLog;
  /** Absolute path at which the log will be found. */
  readonly logPath: string;
  /** Takes what the containers that are believed tell of how far they are. */
  readonly progress?: StageProgress;
  /** What is told of no container that has them. */
  readonly secrets?: readonly string[];
  /** The run is about a few queries only. */
  readonly smoke?: boolean;
  /** Takes out of a container that failed what it is asked to save. */
  readonly rescue?: (files: ContainerFiles) => Promise<void>;
  readonly signal: AbortSignal;
  /** Until then a container is handed nothing, and nothing that it prints is passed on. */
  readonly turn?: Promise<void>;
  /** The container has what it is to have, and is about to start; maybe again, in place of another. */
  readonly onPlaced?: () => void;
  /** The container has been started. */
  readonly onStarted?: () => void;
  /** What the container made is here; what is left of it to see to takes a moment yet. */
  readonly onTaken?: () => void;
}

/** How a container ended and what the runtime in it said. */
export interface StageResult {
  /** Undefined where what it left could not be taken out. */
  readonly outcome: RunOutcome | undefined;
  readonly report: RuntimeReport | undefined;
  /** What of that could not be believed, and what took its place. */
  readonly doubt?: string;
  /** The submission's own fault, if there was one. */
  readonly failure: SubmissionFailed | undefined;
}

/**
 * Runs one container and takes out what it made.
 * @throws EnvironmentError where something else than the submission is to blame
 */
export async function runStage(stage: StagePlan, context: StageContext): Promise<StageResult> {
  const { placement, log, secrets = [], signal, turn, onPlaced, onStarted, onTaken } = context;
  const progress = stage.trust === 'all' ? context.progress : undefined;
  const { handed } = stage;
  let report: RuntimeReport | undefined;
  let taken = false;
  try {
    const outcome = await placement.run(stage.plan, stage.inputs, {
      signal,
      onCreated: async () => onPlaced?.(),
      ...(onStarted && { onStarted }),
      onOutput: async (chunk, source) => {
        await turn;
        const isProgress = progress !== undefined && source === 'stderr';
        await (isProgress ? progress.write(chunk) : log.write(chunk));
      },
      ...(handed && {
        input: async () => {
          await turn;
          return handedOver(handed.target);
        },
      }),
      onExited: async (files, { exitCode, stoppedFor }) => {
        const told = await progress?.end();
        await log.endOutput();
        const take = async () => {
          if (exitCode === 0) taken = await takeFile(files, stage.result, stage.result.target);
        };
        await take();
        if (taken && stoppedFor === undefined) onTaken?.();
        if (!taken && stage.trust !== 'all') await context.rescue?.(files);
        const text = told ?? (await takeReport(files, stage.report));
        if (text !== undefined) report = parseRuntimeReport(new Mask(secrets).text(text));
      },
    });
    const failure = failureOf(stage, outcome, report, taken, context);
    return { outcome, ...believedOf(stage, outcome, report), failure };
  } catch (error) {
    if (!(error instanceof SubmissionFailed)) throw error;
    return { outcome: undefined, report, failure: error };
  }
}

/** What the code can have written is held against what is known; an official image leaves nothing. */
function believedOf(
  { trust }: StagePlan,
  { exitCode, seconds }: RunOutcome,
  report: RuntimeReport | undefined,
): Believed {
  const isMissing = report === undefined && (trust === 'nothing' || exitCode !== 0);
  return trust === 'all' || isMissing ? { report } : believable(report, seconds);
}

function failureOf(
  { plan, trust, result }: StagePlan,
  outcome: RunOutcome,
  report: RuntimeReport | undefined,
  taken: boolean,
  { log, logPath, smoke = false }: StageContext,
): SubmissionFailed | undefined {
  // A container that was stopped may still end with 0: the code in it had the time to see to that.
  if (outcome.exitCode !== 0 || outcome.stoppedFor !== undefined) {
    const [head, tail] = [log.head(), log.tail()];
    const { limits } = plan;
    const known = { outcome, report, trust, head, tail, limits, shmBytes, log: logPath, smoke };
    const failure = diagnoseFailure(known);
    if (failure instanceof SubmissionFailed) return failure;
    throw failure;
  }
  if (taken) return undefined;
  const message = `The submission failed: it wrote no ${result.path}.`;
  return new SubmissionFailed(message, [`The whole output is in ${logPath}.`], {
    reason: 'no-output',
  });
}

/** Takes out what the code had made when it failed, if it can be had: it is for somebody to look at, no more. */
async function rescued(
  files: ContainerFiles,
  wanted: StageFile,
  reporter: Reporter,
): Promise<void> {
  const folder = dirname(wanted.target);
  try {
    await localDisk(`make ${folder}`, () => mkdir(folder, { recursive: true }));
    await takeFile(files, wanted, wanted.target);
  } catch (error) {
    if (!(error instanceof VscError)) throw error;
    const message = `What main.py had made is not kept: ${error.message}`;
    reporter.report({ type: 'warning', message });
  }
}

/** The text of the runtime's report; none where something else has taken its place. */
async function takeReport(files: ContainerFiles, path: string): Promise<string | undefined> {
  try {
    return await takeText(files, { path, maxBytes: maxReportBytes });
  } catch (error) {
    if (error instanceof SubmissionFailed) return undefined;
    throw error;
  }
}
