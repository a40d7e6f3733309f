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
export async function resultOf(
  check: () => CheckResult | Promise<CheckResult>,
): Promise<CheckResult> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof VscError)) throw error;
    return failed(error.message, ...error.next);
  }
}

const marks = {
  unicode: { ok: '✓', warning: '!', failed: '✗', remedy: '→' },
  ascii: { ok: 'ok  ', warning: 'warn', failed: 'FAIL', remedy: '->' },
} as const;

/** The results aligned, each with its remedies below. */
export function renderResults(results: readonly NamedResult[], unicode: boolean): string {
  const mark = unicode ? marks.unicode : marks.ascii;
  const width = Math.max(...results.map(({ name }) => name.length));
  const indent = ' '.repeat(mark.ok.length + width + 3);
  return results
    .flatMap(({ name, status, detail, remedies }) => [
      `${mark[status]} ${name.padEnd(width)}  ${detail.replaceAll('\n', `\n${indent}`)}`,
      ...remedies.map((remedy) => `${indent}${mark.remedy} ${remedy}`),
    ])
    .join('\n');
}
