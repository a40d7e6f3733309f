import type { ChalkInstance } from 'chalk';
import type { Finding } from '../errors.ts';

/** A finding for people: the file and rule, the sentence, and the fix where there is one. */
export function findingLines(finding: Finding, colours: ChalkInstance): string[] {
  const colour = finding.severity === 'error' ? colours.red : colours.yellow;
  const { file, message, rule, fix } = finding;
  return [
    `  ${colour(finding.severity)} ${file}: ${message} ${colours.dim(`[${rule}]`)}`,
    ...(fix === undefined ? [] : [`    ${colours.dim('fix:')} ${fix}`]),
  ];
}
