import type { Cause } from '../causes.ts';
import type { Limits, RunOutcome } from '../engine/port.ts';
import { EnvironmentError, SubmissionFailed, type VscError } from '../errors.ts';
import { whoHas } from '../image/packages.ts';
import { formatBytes, formatSeconds } from '../progress/format.ts';
import { withoutSequences } from '../progress/output-filter.ts';
import { shortened, visibleLine } from '../progress/visible.ts';
import type { RuntimeReport } from './runtime-report.ts';
import type { Trust } from './stages.ts';

/** What is known of a container that ended badly. */
export interface Failure {
  readonly outcome: RunOutcome;
  /** What the runtime inside said, if it lived to say it. */
  readonly report: RuntimeReport | undefined;
  /** How far that may be believed. */
  readonly trust: Trust;
  /** The beginning of the log: the runtime's own, until main.py starts. */
  readonly head: string;
  /** The end of the log. */
  readonly tail: string;
  /** The container's. */
  readonly limits: Limits;
  readonly shmBytes: number;
  /** The run is about a few queries only, and in haste. */
  readonly smoke?: boolean;
  /** Absolute path of the log. */
  readonly log: string;
}

/** Exit codes of a program that a signal ended: 128 and the signal's number (signal(7)). */
const bySignal = { bus: 135, kill: 137, fileSize: 153 } as const;

/** The runtime's exit code where not the submission but what is around it is to blame. */
const environmentExitCode = 3;

/** What the runtime says before it starts the code; code can't unsay it, nor say it earlier. */
const mainBegins = /^Running main\.py/m;

/** Why a run failed, in one line with the evidence, classed by whose fault it is. */
export function diagnoseFailure(failure: Failure): VscError {
  const next = [`The whole output is in ${failure.log}.`];
  const { report, outcome } = failure;
  const { killedFromOutside: signal } = outcome;
  if (signal !== undefined) {
    const message = `The container was killed from outside: somebody had the engine send it signal ${signal}.`;
    return new EnvironmentError(message, next, { reason: 'killed-from-outside' });
  }
  if (isBelieved(failure) && outcome.exitCode === environmentExitCode && report?.failure) {
    return new EnvironmentError(report.failure.message, next);
  }
  const full = fullDisk(failure);
  if (full !== undefined) return new EnvironmentError(full, next, { reason: 'engine-disk' });
  if (failure.trust === 'all') return scoringFailed(failure, next);
  for (const [find, reason] of diagnoses) {
    const found = find(failure);
    if (found === undefined) continue;
    const said = `The submission failed: ${found}`;
    const told = typeof reason === 'function' ? reason(failure) : reason;
    const ways = told === 'time-limit' && failure.smoke ? smokeWays : missing(failure);
    return new SubmissionFailed(said, [...ways, ...next], { reason: told });
  }
  const said = `the container exited with code ${outcome.exitCode}.`;
  if (failure.trust === 'until-main' && !mainBegins.test(failure.head)) {
    const message = `The image's own runtime failed before it came to main.py: ${said}`;
    const remedy = 'Build the image anew: vsc build, or vsc build --slim.';
    return new EnvironmentError(message, [remedy, ...next], { reason: 'image' });
  }
  return new SubmissionFailed(`The submission failed: ${said}`, next);
}

/** What says that there is no room on a disk. */
const noSpace = /Errno 28|No space left on device/;

/** A disk that others have filled, or that was never as large as what a submission may write. */
function fullDisk(failure: Failure): string | undefined {
  if (!failure.outcome.engineDiskFull || !noSpace.test(lastLine(failure))) return undefined;
  return "The engine's disk is full, and not because the submission wrote more than it may.";
}

/** What is looked for, in this order, and what it means. */
type Find = (failure: Failure) => string | undefined;
const diagnoses: ReadonlyArray<readonly [Find, Cause | ((failure: Failure) => Cause)]> = [
  [stopped, ({ outcome }) => (outcome.stoppedFor === 'seconds' ? 'time-limit' : 'disk')],
  [memory, 'memory'],
  [sharedMemory, 'shared-memory'],
  [disk, 'disk'],
  [processes, 'processes'],
  [killed, 'killed'],
  [exception, toldBy],
];

/** What the image's runtime calls it. */
function toldBy({ report }: Failure): Cause {
  return kinds[report?.failure?.kind ?? ''] ?? 'failed';
}

/** Kinds of failures that the image's runtime tells. */
const kinds: Readonly<Record<string, Cause>> = {
  invalid: 'broken-rules',
  'missing-main': 'broken-rules',
  'main-failed': 'exception',
  'no-output': 'no-output',
};

/** Whether the report is the runtime's: the code that it runs could have written another. */
function isBelieved({ trust, head }: Failure): boolean {
  return trust === 'all' || (trust === 'until-main' && !mainBegins.test(head));
}

/** Of what it may use at most, what a container has used that reached its limit. */
const atLimit = 0.9;

/** The scoring, where no code of the submission's runs: its limits are out of reach of any valid set. */
function scoringFailed(failure: Failure, next: readonly string[]): VscError {
  const { outcome, report, limits } = failure;
  const { memoryBytes = Infinity, seconds = 0, diskBytes = 0 } = limits;
  const blame = (found: string) => {
    const said = `scoring it ${found}, more than any valid set of this dataset needs.`;
    return new SubmissionFailed(`The submission failed: ${said}`, next, {
      reason: 'scoring-limit',
    });
  };
  if (outcome.stoppedFor === 'seconds') return blame(`took ${formatSeconds(seconds)}`);
  if (outcome.stoppedFor !== undefined) return blame(`wrote ${formatBytes(diskBytes)}`);
  if (outcome.outOfMemory || outcome.exitCode === bySignal.kill) {
    if (peakMemory(failure) >= atLimit * memoryBytes)
      return blame(`took ${formatBytes(memoryBytes)} of memory`);
    return new EnvironmentError('The scoring was killed: this machine is out of memory.', next, {
      reason: 'machine-memory',
    });
  }
  const said = report?.failure?.message ?? `the scoring exited with code ${outcome.exitCode}`;
  return new SubmissionFailed(`The submission failed: ${sentence(said)}`, next, {
    reason: toldBy(failure),
  });
}

function sentence(text: string): string {
  return `${text}.`.replace(/\.\.$/, '.');
}

/** The exit code of main.py where it is known, else of the container. */
function exitCode({ outcome, report }: Failure): number {
  return report?.mainExitCode ?? outcome.exitCode;
}

function stopped(failure: Failure): string | undefined {
  const { outcome, limits } = failure;
  const { seconds = 0, diskBytes = 0 } = limits;
  if (outcome.stoppedFor === 'seconds') {
    return `it was stopped at the time limit of ${formatSeconds(seconds)}.`;
  }
  if (outcome.stoppedFor === 'diskBytes') {
    // A file at its limit is all that may be written: which of the two is noticed first is chance.
    const told = disk(failure);
    if (told !== undefined) return told;
    return `it was stopped for writing more than ${formatBytes(diskBytes)} to the disk (--disk).`;
  }
  if (outcome.stoppedFor === 'diskHidden') {
    return `it was stopped for filling the disk with more than ${formatBytes(diskBytes)} (--disk), in files that have no name any more.`;
  }
  if (outcome.stoppedFor === 'diskUnmeasured') {
    return `it was stopped, since nobody can tell whether it has written more than ${formatBytes(diskBytes)} to the disk (--disk): the engine can't walk through its folders, as when they are nested thousands deep.`;
  }
  return undefined;
}

/** What numpy, PyTorch, C++ and the C library say when they are refused memory. */
const refusedMemory =
  /MemoryError\b|Unable to allocate|can't allocate memory|Cannot allocate memory|bad_alloc/;

function memory(failure: Failure): string | undefined {
  const { outcome, limits } = failure;
  const { memoryBytes } = limits;
  const died = exitCode(failure) === bySignal.kill;
  const line = lastLine(failure);
  if (!outcome.outOfMemory) return refusedMemory.test(line) ? `out of memory: ${line}` : undefined;
  const allowed =
    memoryBytes === undefined ? '' : ` The limit was ${formatBytes(memoryBytes)} (--memory).`;
  const peak = peakMemory(failure);
  const used = peak === 0 ? '' : ` It used up to ${formatBytes(peak)}.`;
  const how = died ? 'out of memory, killed by the kernel.' : 'out of memory.';
  return `${how}${allowed}${used}`;
}

/** In bytes, or 0 where nobody knows. */
function peakMemory({ report, outcome }: Failure): number {
  return report?.peakMemoryBytes ?? outcome.peakMemoryBytes ?? 0;
}

function sharedMemory(failure: Failure): string | undefined {
  if (exitCode(failure) !== bySignal.bus && !/bus error/i.test(lastLine(failure))) return undefined;
  return `a bus error, as when /dev/shm (${formatBytes(failure.shmBytes)}) is full.`;
}

function disk(failure: Failure): string | undefined {
  const { diskBytes } = failure.limits;
  const line = lastLine(failure);
  const allowed =
    diskBytes === undefined ? '' : ` (a file may have ${formatBytes(diskBytes)}, --disk)`;
  if (exitCode(failure) === bySignal.fileSize || /Errno 27|File too large/.test(line)) {
    return `it wrote a file larger than allowed${allowed}.`;
  }
  if (noSpace.test(line)) return `no space left on the disk: ${line}`;
  return undefined;
}

function processes(failure: Failure): string | undefined {
  const { pids } = failure.limits;
  const line = lastLine(failure);
  if (!/Errno 11|Resource temporarily unavailable|can't start new thread/.test(line)) {
    return undefined;
  }
  return `it may not have more processes and threads (the limit is ${pids}, --pids): ${line}`;
}

function killed(failure: Failure): string | undefined {
  if (exitCode(failure) !== bySignal.kill) return undefined;
  return failure.outcome.exitCode === bySignal.kill
    ? 'it was killed (signal 9) for none of its limits: by its own code, or on the host.'
    : 'main.py was killed (signal 9) for none of its limits: by its own code, or because the machine is out of memory.';
}

/** What Python printed last: the exception, or what a program said before it gave up. */
function exception(failure: Failure): string | undefined {
  const { failure: told, mainExitCode } = failure.report ?? {};
  if (told === undefined) return undefined;
  if (isBelieved(failure)) return sentence(told.message);
  if (told.kind !== 'main-failed') return undefined;
  if (mainExitCode === undefined) return 'main.py left processes that could not be killed.';
  const line = lastLine(failure);
  const code = `main.py exited with code ${mainExitCode}`;
  return line === '' ? `${code}.` : `${code}: ${line}`;
}

/** What to do about code that takes longer than a smoke test lasts. */
const smokeWays = [
  'A smoke test has two minutes at most; code that begins slowly may need more, and be well within the limits.',
  "The whole rehearsal has no such limit: vsc test-submission, or with the organisers' own: vsc test-submission --official-limits",
];

/** What to do about a Python module that the code did not find. */
function missing(failure: Failure): readonly string[] {
  const [, module] = /No module named '([\w.]{1,80})'/.exec(lastLine(failure)) ?? [];
  return module === undefined ? [] : [whoHas(module)];
}

/** Most characters of what main.py said that a verdict repeats. */
const maxSaid = 400;

/** The last line that main.py wrote, without what the runtime says after it. */
function lastLine({ tail, report }: Failure): string {
  const lines = withoutSequences(tail)
    .split(/[\r\n]+/)
    .map((line) => visibleLine(line.trim()));
  const said = lines.filter((line) => line !== '' && line !== report?.failure?.message);
  return shortened(said.at(-1) ?? '', maxSaid);
}
