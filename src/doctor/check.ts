import { VscError } from '../errors.ts';

/** What a check found out: `warning` is worth a look, `failed` keeps a command from working. */
export interface CheckResult {
  readonly status: 'ok' | 'warning' | 'failed';
  readonly detail: string;
  /** What to do about it, most useful first. */
  readonly remedies: readonly string[];
}

/** A result under its check's stable name, e.g. `engine`. */
export interface NamedResult extends CheckResult {
  readonly name: string;
}

/** All is well. */
export function ok(detail: string): CheckResult {
  return { status: 'ok', detail, remedies: [] };
}

/** It goes on, but the user should look. */
export function warning(detail: string, ...remedies: string[]): CheckResult {
  return { status: 'warning', detail, remedies };
}

/** A command that needs this will fail. */
export function failed(detail: string, ...remedies: string[]): CheckResult {
  return { status: 'failed', detail, remedies };
}

/** Runs a check; what the commands' own prerequisites throw is a failed one, a bug stays a bug. */
export async function resultOf(check: () => Promise<CheckResult>): Promise<CheckResult> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof VscError)) throw error;
    return failed(error.message, ...error.next);
  }
}
