import { join, relative } from 'node:path';
import { causes } from '../causes.ts';
import { slashed } from '../slashed.ts';
import type { Row, Verdict } from './verdict.ts';

/** A row as it is told. */
export type Told = ReturnType<typeof toldOf>;

/** A row for programs: its paths are relative to the table, with `/`. */
export function toldOf({ rank, submission, sha256, folder, verdict }: Row, root: string) {
  const judged = 'report' in verdict ? verdict : undefined;
  const place = (path: string) => slashed(relative(root, path));
  const ending = judged === undefined ? [] : ['done'];
  return {
    rank,
    submission,
    verdict: verdict.verdict,
    cause: verdict.cause,
    score: judged?.score ?? null,
    subsetScore: judged?.subsetScore ?? null,
    secondsPerQuery: judged?.secondsPerQuery ?? null,
    containerSeconds: judged?.containerSeconds ?? null,
    peakMemoryBytes: judged?.peakMemoryBytes ?? null,
    reproduction: judged?.reproduction ?? null,
    message: verdict.message,
    sha256,
    folder: place(join(folder, ...ending)),
    report: judged === undefined ? null : place(join(folder, 'done', judged.report)),
  };
}

/** The table as CSV (RFC 4180). @param metric the name of the score's column */
export function csvText(rows: readonly Told[], metric: string): string {
  const columns: readonly (readonly [name: string, of: (row: Told) => string | number | null])[] = [
    ['rank', ({ rank }) => rank],
    ['submission', ({ submission }) => submission],
    ['verdict', ({ verdict }) => verdict],
    ['cause', ({ cause }) => cause],
    [metric, ({ score }) => score],
    [`subset_${metric}`, ({ subsetScore }) => subsetScore],
    ['seconds_per_query', ({ secondsPerQuery }) => secondsPerQuery],
    ['container_seconds', ({ containerSeconds }) => containerSeconds],
    ['peak_memory_bytes', ({ peakMemoryBytes }) => peakMemoryBytes],
    ['reproduction', ({ reproduction }) => reproduction],
    ['message', ({ message }) => message],
    ['sha256', ({ sha256 }) => sha256],
    ['report', ({ report }) => report],
  ];
  const lines = [
    columns.map(([name]) => name),
    ...rows.map((row) => columns.map(([, of]) => csvField(of(row)))),
  ];
  return lines.map((fields) => `${fields.join()}\n`).join('');
}

/** A text that a spreadsheet would take for a formula is kept from that by an apostrophe. */
function csvField(value: string | number | null): string {
  if (typeof value !== 'string') return value === null ? '' : String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A verdict in a few words. @param metric what ranks submissions */
export function verdictText(verdict: Verdict, metric: { readonly name: string }): string {
  if (verdict.verdict !== 'runs') {
    const { verdict: name, cause } = verdict;
    return cause === null ? name : `${name}: ${causes[cause]}`;
  }
  const { score, secondsPerQuery } = verdict;
  return [
    'runs',
    score === null ? '' : `, ${metric.name} ${score.toFixed(4)}`,
    secondsPerQuery === null ? '' : `, ${secondsPerQuery.toFixed(2)} s a query`,
  ].join('');
}

/** The same with all that is known of why. */
export function fullVerdictText(verdict: Verdict, metric: { readonly name: string }): string {
  const { message } = verdict;
  const text = verdictText(verdict, metric);
  return message === null ? text : `${text} (${message.replace(/\.$/, '')})`;
}
