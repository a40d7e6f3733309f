import { stripVTControlCharacters } from 'node:util';
import type { RunOutcome } from '../engine/port.ts';
import { EnvironmentError, SubmissionFailed, type VscError } from '../errors.ts';
import { formatBytes, formatSeconds } from '../progress/format.ts';
import type { RunLimits } from './limits.ts';
import type { Trust } from './run-plan.ts';
import type { RunReport } from './runtime-report.ts';

/** What is known of a container that ended badly. */
export interface Death {
  readonly outcome: RunOutcome;
  /** What the runtime inside said, if it lived to say it. */
  readonly report: RunReport | undefined;
  /** How far that may be believed. */
  readonly trust: Trust;
  /** The beginning of the log: the runtime's own, until main.py starts. */
  readonly head: string;
  /** The end of the log. */
  readonly tail: string;
  readonly limits: RunLimits;
  readonly shmBytes: number;
  /** Absolute path of the log. */
  readonly log: string;
}

/** A container that ended badly; `report` is what the runtime in it lived to say. */
export class RunFailed extends SubmissionFailed {
  readonly report: RunReport | undefined;

  constructor(message: string, next: readonly string[], report: RunReport | undefined) {
    super(message, next);
    this.report = report;
  }
}

/** Exit codes of a program that a signal ended: 128 and the signal's number (signal(7)). */
const bySignal = { bus: 135, kill: 137, fileSize: 153 } as const;

/** The runtime's exit code where not the submission but what is around it is to blame. */
const environmentExitCode = 3;

/** What the runtime says before it starts the code; code can't unsay it, nor say it earlier. */
const mainBegins = /^Running main\.py/m;

/** Why a run failed, in one line with the evidence, classed by whose fault it is. */
export function causeOfDeath(death: Death): VscError {
  const next = [`The whole output is in ${death.log}.`];
  const { report, outcome } = death;
  const { killedFromOutside: signal } = outcome;
  if (signal !== undefined) {
    const message = `The container was killed from outside: somebody had the engine send it signal ${signal}.`;
    return new EnvironmentError(message, next);
  }
  if (isBelieved(death) && outcome.exitCode === environmentExitCode && report?.failure) {
    return new EnvironmentError(report.failure.message, next);
  }
  if (death.trust === 'all') return scoringFailed(death, next);
  for (const cause of [stopped, memory, sharedMemory, disk, processes, killed, exception]) {
    const found = cause(death);
    if (found !== undefined) return new RunFailed(`The submission failed: ${found}`, next, report);
  }
  const said = `the container exited with code ${outcome.exitCode}.`;
  return new RunFailed(`The submission failed: ${said}`, next, report);
}

/** Whether the report is the runtime's: the code that it runs could have written another. */
function isBelieved({ trust, head }: Death): boolean {
  return trust === 'all' || (trust === 'until-main' && !mainBegins.test(head));
}

/** The scoring, where no code of the submission's runs, and which has no limits of its own. */
function scoringFailed({ outcome, report }: Death, next: readonly string[]): VscError {
  if (outcome.outOfMemory || outcome.exitCode === bySignal.kill) {
    return new EnvironmentError('The scoring was killed: this machine is out of memory.', next);
  }
  const said = report?.failure?.message ?? `the scoring exited with code ${outcome.exitCode}`;
  return new RunFailed(`The submission failed: ${sentence(said)}`, next, report);
}

function sentence(text: string): string {
  return `${text}.`.replace(/\.\.$/, '.');
}

/** The exit code of main.py where it is known, else of the container. */
function exitCode({ outcome, report }: Death): number {
  return report?.mainExitCode ?? outcome.exitCode;
}

function stopped({ outcome, limits }: Death): string | undefined {
  const { seconds = 0, diskBytes = 0 } = limits.container;
  if (outcome.stoppedFor === 'seconds') {
    return `it was stopped at the time limit of ${formatSeconds(seconds)}.`;
  }
  if (outcome.stoppedFor === 'diskBytes') {
    return `it was stopped for writing more than ${formatBytes(diskBytes)} to the disk (--disk).`;
  }
  return undefined;
}

/** What numpy, PyTorch, C++ and the C library say when they are refused memory. */
const refusedMemory =
  /MemoryError\b|Unable to allocate|can't allocate memory|Cannot allocate memory|bad_alloc/;

function memory(death: Death): string | undefined {
  const { outcome, report, limits } = death;
  const { memoryBytes } = limits.container;
  const died = exitCode(death) === bySignal.kill;
  const line = lastLine(death);
  if (!outcome.outOfMemory) return refusedMemory.test(line) ? `out of memory: ${line}` : undefined;
  const allowed =
    memoryBytes === undefined ? '' : ` The limit was ${formatBytes(memoryBytes)} (--memory).`;
  const peak = report?.peakMemoryBytes ?? outcome.peakMemoryBytes;
  const used = peak === undefined ? '' : ` It used up to ${formatBytes(peak)}.`;
  const how = died ? 'out of memory, killed by the kernel.' : 'out of memory.';
  return `${how}${allowed}${used}`;
}

function sharedMemory(death: Death): string | undefined {
  if (exitCode(death) !== bySignal.bus && !/bus error/i.test(lastLine(death))) return undefined;
  return `a bus error, as when /dev/shm (${formatBytes(death.shmBytes)}) is full.`;
}

function disk(death: Death): string | undefined {
  const { diskBytes } = death.limits.container;
  const line = lastLine(death);
  const allowed =
    diskBytes === undefined ? '' : ` (a file may have ${formatBytes(diskBytes)}, --disk)`;
  if (exitCode(death) === bySignal.fileSize || /Errno 27|File too large/.test(line)) {
    return `it wrote a file larger than allowed${allowed}.`;
  }
  if (/Errno 28|No space left on device/.test(line)) return `no space left on the disk: ${line}`;
  return undefined;
}

function processes(death: Death): string | undefined {
  const { pids } = death.limits.container;
  const line = lastLine(death);
  if (!/Errno 11|Resource temporarily unavailable|can't start new thread/.test(line)) {
    return undefined;
  }
  return `it may not have more processes and threads (the limit is ${pids}, --pids): ${line}`;
}

function killed(death: Death): string | undefined {
  if (exitCode(death) !== bySignal.kill) return undefined;
  return death.outcome.exitCode === bySignal.kill
    ? 'it was killed (signal 9) for none of its limits: by its own code, or on the host.'
    : 'main.py was killed (signal 9) for none of its limits: by its own code, or because the machine is out of memory.';
}

/** What Python printed last: the exception, or what a program said before it gave up. */
function exception(death: Death): string | undefined {
  const { failure, mainExitCode } = death.report ?? {};
  if (failure === undefined) return undefined;
  if (isBelieved(death)) return sentence(failure.message);
  if (failure.kind !== 'main-failed') return undefined;
  if (mainExitCode === undefined) return 'main.py left processes that could not be killed.';
  const line = lastLine(death);
  const code = `main.py exited with code ${mainExitCode}`;
  return line === '' ? `${code}.` : `${code}: ${line}`;
}

/** The last line that main.py wrote, without what the runtime says after it. */
function lastLine({ tail, report }: Death): string {
  const lines = stripVTControlCharacters(tail)
    .split(/[\r\n]+/)
    .map((line) => line.trim());
  const said = lines.filter((line) => line !== '' && line !== report?.failure?.message);
  return said.at(-1) ?? '';
}
