/**
 * Errors by what the user can do about them. Anything that is none of these is a bug in `vsc`.
 * Exit codes are given in one place only, `cli/run-main.ts`.
 */

import type { Cause } from './causes.ts';

/** What an error may carry besides its words. */
export interface VscErrorOptions extends ErrorOptions {
  /** Why, as programs tell it; where it is not given, what errors of the class mean. */
  readonly reason?: Cause;
}

/** What happened (`message`) and the next things to type or do, most useful first (`next`). */
export abstract class VscError extends Error {
  /** What errors of the class mean where they don't say it themselves. */
  static readonly reason: Cause | undefined = undefined;
  readonly next: readonly string[];
  readonly reason: Cause | undefined;

  constructor(message: string, next: readonly string[] = [], options: VscErrorOptions = {}) {
    const { reason = new.target.reason, ...rest } = options;
    super(message, rest);
    this.name = new.target.name;
    this.next = next;
    this.reason = reason;
  }
}

/** The command line, a setting or an input file named on it is wrong. */
export class UsageError extends VscError {}

/** Something the command needs is not there: engine, image, data, disk, permission. */
export class EnvironmentError extends VscError {
  static override readonly reason: Cause = 'environment';
}

/** The submission failed where it ran: its code, its output or a limit. */
export class SubmissionFailed extends VscError {
  static override readonly reason: Cause = 'failed';
}

/** An image does not pass its own tests. */
export class TestsFailed extends VscError {}

/** One thing wrong with a submission: which file, which rule, what was found and what is allowed. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  /** The file inside the submission, e.g. `query_descriptors.npz`, or the submission itself. */
  readonly file: string;
  /** A stable name, e.g. `not-float32`. */
  readonly rule: string;
  /** One sentence: what was found and what is allowed. */
  readonly message: string;
  /** The first offending index, where there is one. */
  readonly index?: number;
  /** How to mend it, where that is known. */
  readonly fix?: string;
}

/** The submission breaks the rules; found without running it. */
export class InvalidSubmission extends VscError {
  static override readonly reason: Cause = 'broken-rules';
  readonly findings: readonly Finding[];
  /** What `--json` tells beside the error, as it would of a valid submission. */
  readonly data: Readonly<Record<string, unknown>>;

  constructor(
    message: string,
    findings: readonly Finding[],
    next: readonly string[] = [],
    data: Readonly<Record<string, unknown>> = {},
  ) {
    super(message, next);
    this.findings = findings;
    this.data = data;
  }
}

/** The user or the system asked `vsc` to stop. */
export class Interrupted extends VscError {
  readonly signal: 'SIGINT' | 'SIGTERM';

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super(signal === 'SIGINT' ? 'Interrupted.' : 'Terminated.');
    this.signal = signal;
  }
}

/** The system's code of a failed call (`ENOENT`, `EACCES`, …), if the error carries one. */
export function systemCode(error: unknown): string | undefined {
  if (typeof error === 'object' && error !== null && 'code' in error) {
    return typeof error.code === 'string' ? error.code : undefined;
  }
  return undefined;
}
