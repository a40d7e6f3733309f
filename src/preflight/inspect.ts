import { join } from 'node:path';
import { readMetadata, type VideoKind } from '../dataset/metadata.ts';
import { MalformedFile } from '../descriptors/malformed.ts';
import { EnvironmentError, type Finding, InvalidSubmission } from '../errors.ts';
import { freeBytesOn, localDisk } from '../files.ts';
import { lookForFile } from '../places.ts';
import { dataOf, type Project } from '../project.ts';
import type { FileNumbers, SubmissionForm } from './form.ts';
import { openSubmission } from './open-submission.ts';
import { type PreflightFacts, preflight, readable } from './preflight.ts';

/** What to hold a submission against. */
export interface FactsRequest {
  readonly project: Project;
  readonly track: { readonly submission: SubmissionForm };
  readonly dataset: string;
  readonly phase2: boolean;
  /** Read all features, for NaN, infinity and damage. */
  readonly scanFinite: boolean;
}

/** Metadata that were looked for in vain. */
export interface MissingMetadata {
  readonly kind: VideoKind;
  /** Where it may be, the first choice first. */
  readonly places: readonly string[];
}

/** What checking a submission found. */
export interface Inspection {
  readonly path: string;
  readonly dataset: string;
  /** Everything, errors and warnings. */
  readonly findings: readonly Finding[];
  /** Metadata that were not there: nothing was held against them. */
  readonly missing: readonly MissingMetadata[];
}

/**
 * Checks the zip or folder at `path` against all rules that can be checked with the metadata there are.
 * @throws EnvironmentError where there is nothing at `path`, and for malformed metadata
 */
export async function inspectSubmission(
  path: string,
  request: FactsRequest,
  signal: AbortSignal,
): Promise<Inspection> {
  const { missing, ...facts } = await knownFacts(request);
  const findings = await localDisk(`check ${path}`, () => preflight(path, facts, signal));
  return { path, dataset: request.dataset, findings, missing };
}

/** The findings that only warn. */
export function warningsOf({ findings }: Inspection): readonly Finding[] {
  return findings.filter(({ severity }) => severity === 'warning');
}

/**
 * The error for findings that reject the submission, or undefined where there are none. It shows
 * errors; `data` has all findings, for programs.
 *
 * @param lead how its message begins, e.g. the name of the submission
 */
export function rejection(
  { findings, dataset }: Inspection,
  lead: string,
  data: Readonly<Record<string, unknown>>,
): InvalidSubmission | undefined {
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return undefined;
  const foreign = errors.some(({ rule }) => rule === 'unknown-video');
  const next = foreign ? [`This was checked for ${dataset}; for other data: --dataset NAME.`] : [];
  return new InvalidSubmission(`${lead} would not be accepted:`, errors, next, data);
}

/** What could not be checked, and where the metadata for it belong. */
export function missingMetadata(
  { missing, dataset }: Inspection,
  { submission: { needsMetadata: unchecked } }: FactsRequest['track'],
): EnvironmentError | undefined {
  if (missing.length === 0) return undefined;
  const kinds = missing.map(({ kind }) => kind).join(' and ');
  return new EnvironmentError(
    `Nothing wrong was found, but the ${kinds} metadata of ${dataset} are missing: ${unchecked} ` +
      'could not be checked.',
    missing.map(({ places: [first, ...others] }) =>
      others.length === 0
        ? `Put it at ${first}.`
        : `Put it at one of ${[first, ...others].join(', ')}.`,
    ),
  );
}

/** What a submission is checked against, and where that was found. */
export interface KnownFacts extends PreflightFacts {
  /** Metadata that are nowhere: the rules that need them were not checked. */
  readonly missing: readonly MissingMetadata[];
}

/**
 * The facts, with the metadata of `data/<dataset>` or else of `competition_data/<dataset>`, under either
 * name, or of what takes the place of the first; they may be missing.
 * @throws EnvironmentError for malformed metadata
 */
export async function knownFacts(request: FactsRequest): Promise<KnownFacts> {
  const [queries, references, freeBytes] = await Promise.all([
    durationsOf(request, 'query'),
    durationsOf(request, 'reference'),
    freeBytesOn(request.project.root),
  ]);
  return {
    queryDurations: queries.durations,
    referenceDurations: references.durations,
    form: request.track.submission,
    phase2: request.phase2,
    freeBytes,
    scanFinite: request.scanFinite,
    missing: [queries, references].flatMap(({ missing }) => missing ?? []),
  };
}

/** Stands in for metadata that are not there: any video, of any length. */
class AnyVideo extends Map<string, number> {
  override has(): boolean {
    return true;
  }
}

async function durationsOf(
  { project, dataset }: FactsRequest,
  kind: VideoKind,
): Promise<{ durations: ReadonlyMap<string, number>; missing?: MissingMetadata }> {
  const name = `${kind}_metadata.csv`;
  const downloads = join(project.competitionData, dataset);
  const own = join(dataOf(project, dataset), name);
  // Other data than those that were named would give another verdict.
  const isNamed = project.dataAt?.dataset === dataset;
  const places = isNamed
    ? [own]
    : [own, join(downloads, name), join(downloads, `${dataset}_${name}`)];
  for (const place of places) {
    if (await lookForFile(place)) return { durations: (await readMetadata(place, kind)).durations };
  }
  const durations = new AnyVideo([['any', Number.POSITIVE_INFINITY]]);
  return { durations, missing: { kind, places } };
}

/** How much is in the files of a submission that has been found valid. */
export async function submissionNumbers(
  path: string,
  form: SubmissionForm,
  signal: AbortSignal,
): Promise<readonly FileNumbers[]> {
  const submission = await openSubmission(path, { freeBytes: 0, signal });
  try {
    return await form.count(readable(submission, form), signal);
  } catch (error) {
    if (error instanceof MalformedFile) return []; // it was changed since it was checked
    throw error;
  } finally {
    await submission.close();
  }
}
