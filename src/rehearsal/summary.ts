import { formatBytes, formatCount, formatSeconds } from '../progress/format.ts';
import type { Track } from '../tracks/descriptor.ts';
import type { RunReport } from './runtime-report.ts';

/** What is known of a run that went well. */
export interface RunFacts {
  readonly containerSeconds: number;
  readonly report: RunReport | undefined;
  readonly peakMemoryBytes: number | undefined;
  /** What the engine could not give the containers, and they ran without. */
  readonly without?: readonly string[];
  readonly fullPairs: number;
  readonly subsetPairs: number;
  readonly subsetQueries: number;
}

/** The time that `main.py` took, beside what the organisers allow; seconds. */
export interface Pace {
  readonly secondsPerQuery: number;
  readonly limit: number;
  /** What the organisers' subset would take at this pace, and what they allow for it. */
  readonly projectedSeconds: number;
  readonly projectedQueries: number;
  readonly allowedSeconds: number;
}

/** How fast `main.py` was, or undefined where it did not run or nobody timed it. */
export function paceOf(facts: RunFacts, track: Track): Pace | undefined {
  const main = facts.report?.stages.find(({ name }) => name === 'main');
  if (main === undefined || facts.subsetQueries === 0) return undefined;
  const secondsPerQuery = main.seconds / facts.subsetQueries;
  const projectedQueries = track.officialSubsetQueries;
  return {
    secondsPerQuery,
    limit: track.secondsPerQuery,
    projectedQueries,
    projectedSeconds: secondsPerQuery * projectedQueries,
    allowedSeconds: track.secondsPerQuery * projectedQueries,
  };
}

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
export function summaryLines(facts: RunFacts, track: Track): string[] {
  const { report } = facts;
  const lines: (readonly [string, string])[] = [];
  for (const { name, seconds } of report?.stages ?? []) {
    lines.push([stageNames[name] ?? name, formatSeconds(seconds)]);
  }
  lines.push(['container, start to end', formatSeconds(facts.containerSeconds)]);
  const pace = paceOf(facts, track);
  if (pace !== undefined) lines.push(['seconds per query', describePace(pace)]);
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
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
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
