import { InvalidSubmission, VscError } from '../errors.ts';
import type { Colours } from '../progress/colours.ts';
import { findingLines } from '../progress/format.ts';
import { visible, visibleLine } from '../progress/visible.ts';

/** An error for people: what happened, the findings, what to do next. A bug shows its stack. */
export function renderError(error: unknown, colours: Colours): string {
  if (!(error instanceof VscError)) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return [
      colours.red('This is a bug in vsc. Please report it with what you typed and these lines:'),
      visible(stack),
    ].join('\n');
  }
  const findings = error instanceof InvalidSubmission ? error.findings : [];
  return [
    colours.red(visible(error.message)),
    ...findings.flatMap((finding) => findingLines(finding, colours)),
    ...error.next.map((line) => `  ${visibleLine(line)}`),
  ].join('\n');
}

/** An error for programs. */
export function errorObject(error: unknown): Record<string, unknown> {
  if (!(error instanceof VscError)) {
    return { name: 'Bug', message: error instanceof Error ? error.message : String(error) };
  }
  return {
    name: error.name,
    message: error.message,
    next: error.next,
    ...(error.reason !== undefined && { cause: error.reason }),
    ...(error instanceof InvalidSubmission && { findings: error.findings }),
  };
}
