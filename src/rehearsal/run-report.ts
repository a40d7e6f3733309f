import type { Finding, SubmissionFailed } from '../errors.ts';
import type { Frames } from '../frames/frames.ts';
import { formatBytes, formatCount, formatSeconds, tableLines } from '../progress/format.ts';
import type { Project } from '../project.ts';
import type { Provenance } from '../provenance/provenance.ts';
import type { Counts, Digest, ReportModel, Stage, Verdict, Version } from '../report/model.ts';
import { writeReport } from '../report/store.ts';
import type { Track } from '../tracks/track.ts';
import type { Assessment } from './assess.ts';
import type { Outcome, Pace, RunFacts } from './collect.ts';
import type { Prepared, RehearsalRequest } from './prepared.ts';
import type { RuntimeReport } from './runtime-report.ts';

/** Writes the run's `report.json` and the page made from it. */
export async function report(
  prepared: Prepared,
  outcome: Outcome,
  assessment: Shown,
  provenance: Provenance | undefined,
): Promise<void> {
  const model = reportModelOf(prepared, outcome, assessment, provenance);
  const { report, reportPage } = prepared.work;
  await writeReport(model, { ...prepared.request.project, report, reportPage });
}

/** Why a submission was not run to its end. */
export interface Unrun {
  readonly kind: 'invalid' | 'failed';
  readonly reason: string;
  readonly next: readonly string[];
  readonly findings: readonly Finding[];
}

/** Writes the report of a submission that was not run, or not to its end. @returns path of the page */
export function reportUnrun(
  { project, track, dataset, settings }: Omit<Reported['request'], 'limits'> & { project: Project },
  { findings, ...verdict }: Unrun,
): Promise<string> {
  const model: ReportModel = {
    version: 1,
    track: track.title,
    dataset,
    startedAt: new Date().toISOString(),
    verdict: { ...verdict, next: [...verdict.next] },
    findings: [...findings],
    stages: [],
    counts: {},
    settings,
    ...identities(undefined),
  };
  return writeReport(model, project);
}

/** What a run was worth, and what the videos look like that it was worth less for. */
export interface Shown extends Assessment {
  readonly frames?: Frames | undefined;
}

type SmokeRun = NonNullable<RehearsalRequest['smoke']>;

/** What of the preparation a report tells. */
interface Reported {
  readonly request: Pick<RehearsalRequest, 'track' | 'dataset' | 'limits' | 'settings' | 'smoke'>;
  readonly warnings: Prepared['warnings'];
}

/** All that is known of a run, in the form of the report; the log is added where that is written. */
export function reportModelOf(
  { request, warnings }: Reported,
  outcome: Outcome,
  { score, reproduction, frames }: Shown,
  provenance: Provenance | undefined,
): ReportModel {
  const facts = outcome.failure === undefined ? outcome.facts : undefined;
  const runtime = outcome.failure === undefined ? outcome.facts.report : outcome.report;
  const peakBytes = facts?.peakMemoryBytes ?? runtime?.peakMemoryBytes;
  const limitBytes = request.limits.container.memoryBytes;
  const pace = facts?.pace;
  return {
    version: 1,
    track: request.track.title,
    dataset: request.dataset,
    startedAt: outcome.started.toISOString(),
    verdict: verdictOf(outcome.failure, runtime),
    ...(request.smoke && { smoke: request.smoke }),
    findings: [...warnings, ...outcome.doubts.map(doubtFinding)],
    stages: stagesOf(runtime, request.track),
    counts: countsOf(runtime, facts, request.smoke),
    settings: request.settings,
    ...identities(provenance),
    ...score?.report,
    ...(frames && { frames }),
    ...(facts && { containerSeconds: facts.containerSeconds }),
    ...(pace && { pace }),
    ...(peakBytes !== undefined && {
      memory: { peakBytes, ...(limitBytes !== undefined && { limitBytes }) },
    }),
    ...reproduction.report,
  };
}

function doubtFinding(message: string): Finding {
  return { severity: 'warning', file: 'main.py', rule: 'doubtful-report', message };
}

function verdictOf(failure: SubmissionFailed | undefined, run: RuntimeReport | undefined): Verdict {
  if (failure === undefined) return { kind: 'ok' };
  const { message: reason, next } = failure;
  const stage = run?.failure?.stage;
  return { kind: 'failed', reason, next, ...(stage !== undefined && { stage }) };
}

/** The image says how long each stage took; they ran one after the other. */
function stagesOf(run: RuntimeReport | undefined, track: Track): Stage[] {
  let start = 0;
  return (run?.stages ?? []).map(({ name, seconds }) => {
    const stage = { name, label: track.run.stages[name] ?? name, start, seconds };
    start += seconds;
    return stage;
  });
}

function countsOf(
  run: RuntimeReport | undefined,
  facts: RunFacts | undefined,
  smoke: RehearsalRequest['smoke'],
): Counts {
  const counted = (name: string) => (isCounted(name, smoke) ? run?.counts[name] : undefined);
  const known: { readonly [Name in keyof Counts]: number | undefined } = {
    queryDescriptors: counted('query_descriptors'),
    referenceDescriptors: counted('reference_descriptors'),
    subsetDescriptors: counted('subset_query_descriptors'),
    fullPairs: facts?.fullPairs,
    subsetPairs: facts?.subsetPairs,
    fullMatches: facts?.fullMatches,
    subsetMatches: facts?.subsetMatches,
    subsetQueries: facts?.subsetQueries,
  };
  return Object.fromEntries(Object.entries(known).filter(([, count]) => count !== undefined));
}

/** Image, zip and data by their digests, and the versions of what ran. */
function identities(provenance: Provenance | undefined): {
  readonly digests: readonly Digest[];
  readonly versions: readonly Version[];
} {
  if (provenance === undefined) return { digests: [], versions: [] };
  const { image, files, versions } = provenance;
  const { engine, runtime } = versions;
  return {
    digests: [
      { name: 'image', digest: image.id, detail: image.name },
      ...files
        .filter(({ role }) => role !== 'video')
        .map(({ path, sha256 }) => ({ name: path, digest: `sha256:${sha256}` })),
    ],
    versions: [
      { name: 'vsc', version: versions.vsc },
      { name: engine.product, version: engine.version },
      ...Object.entries(runtime).map(([name, version]) => ({ name, version })),
    ],
  };
}

/** What a smoke test is, for people. */
export function smokeNote({ queries, of }: SmokeRun): string {
  return `A smoke test, no full rehearsal: ${formatCount(queries)} of the ${formatCount(of)} queries of the subset, and two minutes for main.py at most. Results of rehearsals stay as they are.`;
}

/** The same once it went well. */
export function smokeSummary({ queries, of }: SmokeRun): string {
  return `The smoke test went well: main.py runs on ${formatCount(queries)} of the ${formatCount(of)} queries of the subset. It was no full rehearsal; for that: vsc test-submission`;
}

/** Of a smoke test, what is submitted is not counted whole. */
function isCounted(name: string, smoke: RehearsalRequest['smoke']): boolean {
  return smoke === undefined || name.startsWith('subset_');
}

/** The summary of a run, a line each. */
export function summaryLines(
  facts: RunFacts,
  { run }: Track,
  smoke?: RehearsalRequest['smoke'],
): string[] {
  const { report } = facts;
  const lines: (readonly [string, string])[] = [];
  for (const { name, seconds } of report?.stages ?? []) {
    lines.push([run.stages[name] ?? name, formatSeconds(seconds)]);
  }
  lines.push(['container, start to end', formatSeconds(facts.containerSeconds)]);
  if (facts.pace !== null) lines.push(['seconds per query', describePace(facts.pace)]);
  if (facts.peakMemoryBytes !== undefined) {
    lines.push(['peak memory', formatBytes(facts.peakMemoryBytes)]);
  }
  const { counts = {} } = report ?? {};
  const descriptors = ['query_descriptors', 'reference_descriptors', 'subset_query_descriptors']
    .filter((name) => counts[name] !== undefined && isCounted(name, smoke))
    .map(
      (name) =>
        `${formatCount(counts[name] ?? 0)} ${name.replace('_descriptors', '').replace('_', ' ')}`,
    );
  if (descriptors.length > 0) lines.push(['descriptors', descriptors.join(', ')]);
  const results = [
    ['ranked pairs', facts.fullPairs, facts.subsetPairs],
    ['matches', facts.fullMatches, facts.subsetMatches],
  ] as const;
  for (const [name, full, subset] of results) {
    if (full === undefined || subset === undefined) continue;
    lines.push([name, `${formatCount(full)} full, ${formatCount(subset)} subset`]);
  }
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
  const { search } = pace;
  const searching =
    search === undefined
      ? ''
      : `, and the search of ${formatCount(search.queries)} × ${formatCount(search.references)} videos here ${formatSeconds(search.seconds)}`;
  return `${pace.secondsPerQuery.toFixed(2)}, ${margin}; ${pace.projectedQueries} queries would take ${projected} of ${allowed}${searching}`;
}

/**
 * What a run was worth, for the summary: the score, where there is one, and the reproduction.
 * @param closer the command that tells more of the score
 */
export function assessmentLines(
  { score, reproduction }: Assessment,
  closer = 'vsc score',
): string[] {
  const scoreLines = score === null ? [] : [...score.summary, `  Look closer: ${closer}`];
  const sections = [scoreLines, reproduction.lines].filter(({ length }) => length > 0);
  return sections.flatMap((lines) => ['', ...lines]);
}
