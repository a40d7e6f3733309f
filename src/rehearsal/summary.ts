import { formatBytes, formatCount, formatSeconds, tableLines } from '../progress/format.ts';
import { reproductionLines } from '../reproduction/reproduction.ts';
import { scoreSummary } from '../scoring/score-lines.ts';
import type { Assessment } from './assess.ts';
import type { Pace, RunFacts } from './collect.ts';

/** What each stage of the image's runtime does, in words. */
export const stageNames: Readonly<Record<string, string>> = {
  unpack: 'unpack the submission',
  validate_full: 'validate the full sets',
  main: 'run main.py',
  validate_subset: 'validate the subset',
  search_full: 'search, full set',
  search_subset: 'search, subset',
  write: 'write the rankings',
};

/** The summary of a run, a line each. */
export function summaryLines(facts: RunFacts): string[] {
  const { report } = facts;
  const lines: (readonly [string, string])[] = [];
  for (const { name, seconds } of report?.stages ?? []) {
    lines.push([stageNames[name] ?? name, formatSeconds(seconds)]);
  }
  lines.push(['container, start to end', formatSeconds(facts.containerSeconds)]);
  if (facts.pace !== null) lines.push(['seconds per query', describePace(facts.pace)]);
  if (facts.peakMemoryBytes !== undefined) {
    lines.push(['peak memory', formatBytes(facts.peakMemoryBytes)]);
  }
  const { counts = {} } = report ?? {};
  const descriptors = ['query_descriptors', 'reference_descriptors', 'subset_query_descriptors']
    .filter((name) => counts[name] !== undefined)
    .map(
      (name) =>
        `${formatCount(counts[name] ?? 0)} ${name.replace('_descriptors', '').replace('_', ' ')}`,
    );
  if (descriptors.length > 0) lines.push(['descriptors', descriptors.join(', ')]);
  lines.push([
    'ranked pairs',
    `${formatCount(facts.fullPairs)} full, ${formatCount(facts.subsetPairs)} subset`,
  ]);
  return tableLines(lines);
}

function describePace(pace: Pace): string {
  const spare = pace.limit - pace.secondsPerQuery;
  const margin =
    spare >= 0
      ? `${formatSeconds(spare)} below the limit of ${pace.limit} s`
      : `${formatSeconds(-spare)} OVER the limit of ${pace.limit} s`;
  const projected = formatSeconds(pace.projectedSeconds);
  const allowed = formatSeconds(pace.allowedSeconds);
  return `${pace.secondsPerQuery.toFixed(2)}, ${margin}; ${pace.projectedQueries} queries would take ${projected} of ${allowed}`;
}

/** What a run was worth, for the summary: score and reproduction, nothing where there is nothing to tell. */
export function assessmentLines({ score, reproduction }: Assessment): string[] {
  const scoreLines = score === null ? [] : [...scoreSummary(score), '  Look closer: vsc score'];
  const sections = [scoreLines, reproductionLines(reproduction)].filter(({ length }) => length > 0);
  return sections.flatMap((lines) => ['', ...lines]);
}
