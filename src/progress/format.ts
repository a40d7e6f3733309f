import prettyBytes from 'pretty-bytes';
import type { Finding } from '../errors.ts';
import type { Colours } from './colours.ts';
import type { Progress, VscEvent } from './events.ts';
import { logLine } from './output-filter.ts';
import { visible, visibleLine } from './visible.ts';

/** A size for people: `1.2 GB`, `340 kB`. */
export function formatBytes(bytes: number): string {
  return prettyBytes(bytes);
}

/** A number for people: `19,512`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** The first five, a line each, and how many more there are. */
export function firstLines(items: readonly string[]): string {
  const rest = items.length > 5 ? [`and ${formatCount(items.length - 5)} more`] : [];
  return [...items.slice(0, 5), ...rest].map((item) => `  ${item}`).join('\n');
}

/** A duration for people, from seconds: `0.42 s`, `12.3 s`, `4 min 05 s`, `2 h 10 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

/** A duration that is only guessed: `40 s`, `12 min`, `2 h 10 min`. */
export function formatEstimate(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  return seconds < 3600 ? `${Math.round(seconds / 60)} min` : formatSeconds(seconds);
}

/** A finding for people: the file and rule, the sentence, and the fix where there is one. */
export function findingLines(finding: Finding, colours: Colours): string[] {
  const colour = finding.severity === 'error' ? colours.red : colours.yellow;
  const { file, message, rule, fix } = finding;
  return [
    `  ${colour(finding.severity)} ${visibleLine(`${file}: ${message}`)} ${colours.dim(`[${rule}]`)}`,
    ...(fix === undefined ? [] : [`    ${colours.dim('fix:')} ${visibleLine(fix)}`]),
  ];
}

/** What is told of an event, a line each: what can't be seen is made visible before it is coloured. */
export function eventLines(
  event: Exclude<VscEvent, Progress>,
  colours: Colours,
  inCi: boolean,
): string[] {
  switch (event.type) {
    case 'step':
      return [colours.bold(visible(event.message))];
    case 'note':
      return [colours.dim(visible(event.message))];
    case 'warning':
      return [colours.yellow(`warning: ${visible(event.message)}`)];
    case 'finding':
      return findingLines(event.finding, colours);
    case 'log':
      return [logLine(event.line, inCi)];
  }
}

/**
 * A table for people, a line each row: columns two spaces apart, the whole indented by `indent` spaces,
 * nothing after a line's last letter. `sides` says where a column's cells stand, by default to the
 * left; the last one goes for the columns after it too. A row may be shorter than the others. No
 * cell ends its line.
 */
export function tableLines(
  rows: readonly (readonly string[])[],
  sides: readonly ('left' | 'right')[] = [],
  indent = 2,
): string[] {
  const shown = rows.map((row) => row.map(visibleLine));
  const widths: number[] = [];
  for (const row of shown) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    }
  }
  const padded = (cell: string, column: number) =>
    (sides[column] ?? sides.at(-1)) === 'right'
      ? cell.padStart(widths[column] ?? 0)
      : cell.padEnd(widths[column] ?? 0);
  return shown.map((row) => `${' '.repeat(indent)}${row.map(padded).join('  ')}`.trimEnd());
}
