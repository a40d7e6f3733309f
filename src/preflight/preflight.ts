import { posix } from 'node:path';
import { MalformedFile } from '../descriptors/malformed.ts';
import { dimensionFindings, type ExpectedSet } from '../descriptors/rules.ts';
import { type CheckedSet, checkSet, unreadableSet } from '../descriptors/validate.ts';
import type { Finding } from '../errors.ts';
import { descriptorTrack } from '../tracks/descriptor.ts';
import { networkFindings } from './network-calls.ts';
import { type OpenSubmission, openSubmission, type SubmissionFile } from './open-submission.ts';
import { sourceFault } from './python-source.ts';
import { foldersAbove, shownName } from './zip-layout.ts';

/** What a submission is checked against. */
export interface PreflightFacts {
  /** Seconds by id: the dataset's query metadata. */
  readonly queryDurations: ReadonlyMap<string, number>;
  readonly referenceDurations: ReadonlyMap<string, number>;
  /** Whether a submission without code is an error. */
  readonly phase2: boolean;
  /** Free bytes where the zip will be unpacked. */
  readonly freeBytes: number;
  /** Read all features, for NaN, infinity and damage. */
  readonly scanFinite: boolean;
}

const { entryPoint, querySet, referenceSet } = descriptorTrack;
const MAX_SOURCE_BYTES = 4 * 2 ** 20;
/** What is read in search of downloads; people's code has a thousandth of it. */
const MAX_SCRIPTS_BYTES = 16 * 2 ** 20;
const DROPPINGS = /(?:^|\/)(?:__MACOSX|\.ipynb_checkpoints|\.git)\//;

/**
 * Checks the zip or folder at `path` against all that is known to fail in the container or later, and
 * returns all findings; a submission without errors among them may run. Needs no Docker.
 * @throws EnvironmentError where there is nothing at `path`; the signal's reason
 */
export async function preflight(
  path: string,
  facts: PreflightFacts,
  signal?: AbortSignal,
): Promise<readonly Finding[]> {
  const submission = await openSubmission(path, { freeBytes: facts.freeBytes, signal });
  try {
    if (submission.files.size === 0) return submission.findings;
    return [
      ...submission.findings,
      ...placeFindings(submission, facts),
      ...(await scriptFindings(submission)),
      ...(await setFindings(submission, facts, signal)),
      ...(await weightFindings(submission)),
    ];
  } finally {
    await submission.close();
  }
}

/** Files that are not where they have to be. */
function placeFindings(submission: OpenSubmission, facts: PreflightFacts): readonly Finding[] {
  const names = [...submission.files.keys()].filter((name) => !DROPPINGS.test(name));
  return [entryPoint, querySet, referenceSet].flatMap((wanted) => {
    if (submission.files.has(wanted)) return [];
    const elsewhere = names.find((name) => posix.basename(name) === wanted);
    if (elsewhere !== undefined) return [misplaced(wanted, shownName(posix.dirname(elsewhere)))];
    if (submission.folders.has(wanted)) return [notAFile(wanted)];
    return [wanted === entryPoint ? withoutCode(facts) : missing(wanted)];
  });
}

function misplaced(file: string, folder: string): Finding {
  return {
    severity: 'error',
    file,
    rule: file === entryPoint ? 'main-in-subfolder' : 'missing-file',
    message: `${file} is in ${folder}/; it must be at the root of the zip`,
    fix: `Pack from inside the folder, (cd ${folder} && zip -r ../submission.zip .), or run "vsc pack-submission".`,
  };
}

function notAFile(file: string): Finding {
  return {
    severity: 'error',
    file,
    rule: file === entryPoint ? 'main-not-a-file' : 'missing-file',
    message: `${file} is a folder; it must be a file`,
  };
}

function missing(file: string): Finding {
  return {
    severity: 'error',
    file,
    rule: 'missing-file',
    message: `${file} is missing; it must be at the root of the zip`,
  };
}

function withoutCode({ phase2 }: PreflightFacts): Finding {
  return {
    severity: phase2 ? 'error' : 'warning',
    file: entryPoint,
    rule: 'main-missing',
    message: phase2
      ? 'there is no main.py at the root; phase 2 needs one'
      : 'there is no main.py at the root: only the full rankings are made, the subset scores nothing',
  };
}

/** What Python would say of main.py before it runs it. */
async function scriptFindings({ files }: OpenSubmission): Promise<readonly Finding[]> {
  const main = files.get(entryPoint);
  if (main === undefined || !main.readable) return [];
  const finding = (rule: string, message: string, fix: string): readonly Finding[] => [
    { severity: 'error', file: entryPoint, rule, message, fix },
  ];
  if (main.size > MAX_SOURCE_BYTES) {
    return finding(
      'main-not-python',
      `main.py has ${main.size.toLocaleString('en-US')} bytes; that is no source`,
      'Put data into files of their own.',
    );
  }
  try {
    const fault = sourceFault(await main.bytes());
    if (fault === undefined) return [];
    const rule = fault.includes('NUL') ? 'main-has-nul' : 'main-not-utf8';
    return finding(rule, `main.py ${fault}; Python refuses it`, 'Save it as UTF-8.');
  } catch (error) {
    if (!(error instanceof MalformedFile)) throw error;
    return finding('unreadable', `main.py can't be unpacked: ${error.message}`, 'Pack it again.');
  }
}

async function setFindings(
  { files }: OpenSubmission,
  facts: PreflightFacts,
  signal: AbortSignal | undefined,
): Promise<readonly Finding[]> {
  const expectations: readonly ExpectedSet[] = [
    {
      file: querySet,
      kind: 'query',
      durations: facts.queryDurations,
      source: 'query_metadata.csv',
    },
    {
      file: referenceSet,
      kind: 'reference',
      durations: facts.referenceDurations,
      source: 'reference_metadata.csv',
    },
  ];
  const checked: CheckedSet[] = [];
  for (const expected of expectations) {
    const file = files.get(expected.file);
    if (file?.readable) checked.push(await checkFile(file, expected, facts, signal));
  }
  const [query, reference] = checked;
  const both = query !== undefined && reference !== undefined;
  return [
    ...checked.flatMap(({ findings }) => findings),
    ...(both ? dimensionFindings(reference, query) : []),
  ];
}

async function checkFile(
  file: SubmissionFile,
  expected: ExpectedSet,
  { scanFinite }: PreflightFacts,
  signal: AbortSignal | undefined,
): Promise<CheckedSet> {
  try {
    return await checkSet(await file.npz(), expected, { scanFinite, ...(signal && { signal }) });
  } catch (error) {
    if (!(error instanceof MalformedFile)) throw error;
    return unreadableSet(expected.file, error);
  }
}

async function weightFindings(submission: OpenSubmission): Promise<readonly Finding[]> {
  const names = [...submission.files.keys()];
  const paths = new Set([...names, ...names.flatMap(foldersAbove)]);
  const findings: Finding[] = [];
  let bytes = 0;
  for (const script of submission.files.values()) {
    if (!script.name.endsWith('.py') || DROPPINGS.test(script.name) || !script.readable) continue;
    bytes += script.size;
    if (bytes > MAX_SCRIPTS_BYTES) break;
    const text = await textOf(script);
    if (text === undefined) continue;
    findings.push(
      ...networkFindings({ name: shownName(script.name), text }, (path) => paths.has(path)),
    );
  }
  return findings;
}

/** Python that can't be unpacked is main.py's finding, or never run. */
async function textOf(script: SubmissionFile): Promise<string | undefined> {
  try {
    return (await script.bytes()).toString('utf8');
  } catch (error) {
    if (error instanceof MalformedFile) return undefined;
    throw error;
  }
}
