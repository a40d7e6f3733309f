import { InvalidSubmission, VscError } from '../errors.ts';
import type { Colours } from '../progress/colours.ts';
import { findingLines } from '../progress/format.ts';
import { visible, visibleLine } from '../progress/visible.ts';
import { wrapped } from '../progress/wrap.ts';

/**
 * An error for people: what happened, the findings, what to do next. A bug shows its stack.
 * @param columns of the terminal that shows it, if one does
 */
export function renderError(error: unknown, colours: Colours, columns?: number): string {
  const laidOut = (line: string) => (columns === undefined ? line : wrapped(line, columns));
  if (!(error instanceof VscError)) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return [
      colours.red('This is a bug in vsc. Please report it with what you typed and these lines:'),
      visible(stack),
    ].join('\n');
  }
  const findings = error instanceof InvalidSubmission ? error.findings : [];
  return [
    colours.red(laidOut(visible(error.message))),
    ...findings.flatMap((finding) => findingLines(finding, colours).map(laidOut)),
    ...error.next.map((line) => laidOut(`  ${visibleLine(line)}`)),
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
