import { EnvironmentError, type Finding, InvalidSubmission } from '../errors.ts';
import { type FactsRequest, knownFacts, type MissingMetadata } from './known-metadata.ts';
import { preflight } from './preflight.ts';

/** What checking a submission found. */
export interface Examined {
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
export async function examine(
  path: string,
  request: FactsRequest,
  signal: AbortSignal,
): Promise<Examined> {
  const { missing, ...facts } = await knownFacts(request);
  const findings = await preflight(path, facts, signal);
  return { path, dataset: request.dataset, findings, missing };
}

/** The findings that only warn. */
export function warningsOf({ findings }: Examined): readonly Finding[] {
  return findings.filter(({ severity }) => severity === 'warning');
}

/**
 * The error for findings that reject the submission, or undefined where there are none. It shows
 * errors; `data` has all findings, for programs.
 *
 * @param lead how its message begins, e.g. the name of the submission
 */
export function rejection(
  { findings, dataset }: Examined,
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
export function unchecked({ missing, dataset }: Examined): EnvironmentError | undefined {
  if (missing.length === 0) return undefined;
  const kinds = missing.map(({ kind }) => kind).join(' and ');
  return new EnvironmentError(
    `Nothing wrong was found, but the ${kinds} metadata of ${dataset} are missing: the number of ` +
      'vectors and the video ids could not be checked.',
    missing.map(({ places }) => `Put it at one of ${places.join(', ')}.`),
  );
}
