import { isUtf8 } from 'node:buffer';
import { posix } from 'node:path';
import { MalformedFile } from '../descriptors/malformed.ts';
import type { Finding } from '../errors.ts';
import { formatCount } from '../progress/format.ts';
import { toPaste } from '../progress/shell.ts';
import { shownName } from '../progress/visible.ts';
import { Pace } from '../turn.ts';
import type { KnownVideos, ReadableFiles, SubmissionForm } from './form.ts';
import { networkFindings } from './network-calls.ts';
import { type OpenSubmission, openSubmission } from './open-submission.ts';

/** What a submission is checked against. */
export interface PreflightFacts extends KnownVideos {
  readonly form: SubmissionForm;
  /** Whether a submission without code is an error. */
  readonly phase2: boolean;
  /** Free bytes where the zip will be unpacked. */
  readonly freeBytes: number;
  /** Read all features, for NaN, infinity and damage. */
  readonly scanFinite: boolean;
}

const MAX_SOURCE_BYTES = 4 * 2 ** 20;
/** What is read in search of downloads; people's code has a thousandth of it. */
const MAX_SCRIPT_BYTES = 2 ** 20;
const MAX_SCRIPTS_BYTES = 16 * 2 ** 20;
const MAX_SCRIPTS = 2_000;
/** Enough to see what is meant. */
const MAX_NETWORK_FINDINGS = 20;
const CODING = /^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)/;
const UTF8_NAMES = /^utf[-_]?8(?:[-_]sig)?$/i;
/** What archivers and tools leave in zips. */
const EXCLUDED = /(?:^|\/)(?:__MACOSX|\.ipynb_checkpoints|\.git)\//;

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
      ...(await scriptFindings(submission, facts.form)),
      ...(await facts.form.check(readable(submission, facts.form), facts, {
        scanFinite: facts.scanFinite,
        signal,
      })),
      ...(await weightFindings(submission, signal)),
    ];
  } finally {
    await submission.close();
  }
}

/** Those of the track's files that are there and can be read. */
export function readable(
  { files }: Pick<OpenSubmission, 'files'>,
  form: Pick<SubmissionForm, 'files'>,
): ReadableFiles {
  const found = form.files.map((name) => [name, files.get(name)] as const);
  return new Map(found.flatMap(([name, file]) => (file?.readable ? [[name, file]] : [])));
}

/** Files that are not where they have to be. */
function placeFindings(
  { files, tree }: OpenSubmission,
  { form: { entryPoint, files: beside, withoutCode }, phase2 }: PreflightFacts,
): readonly Finding[] {
  const names = [...files.keys()].filter((name) => !EXCLUDED.test(name));
  return [entryPoint, ...beside].flatMap((file) => {
    if (files.has(file)) return [];
    const isCode = file === entryPoint;
    const finding = { severity: 'error', file, rule: 'missing-file' } as const;
    const elsewhere = names.find((name) => posix.basename(name) === file);
    if (elsewhere !== undefined) {
      const folder = posix.dirname(elsewhere);
      const message = `${file} is in ${shownName(folder)}/; it must be at the root of the zip`;
      const packing = toPaste(folder, (it) => `(cd -- ${it} && zip -r ../submission.zip .)`);
      const fix = `Pack from inside the folder, ${packing}, or run "vsc pack-submission".`;
      return [{ ...finding, ...(isCode && { rule: 'main-in-subfolder' }), message, fix }];
    }
    if (tree.has(file)) {
      const message = `${file} is a folder; it must be a file`;
      return [{ ...finding, ...(isCode && { rule: 'main-not-a-file' }), message }];
    }
    const alike = names.find((name) => name.toLowerCase() === file);
    const fix =
      alike === undefined
        ? {}
        : { fix: `Rename ${shownName(alike)}: names are told apart by case.` };
    if (!isCode) {
      const message = `${file} is missing; it must be at the root of the zip`;
      return [{ ...finding, message, ...fix }];
    }
    const message = phase2
      ? 'there is no main.py at the root; phase 2 needs one'
      : `there is no main.py at the root: ${withoutCode}`;
    const severity = phase2 ? 'error' : 'warning';
    return [{ ...finding, severity, rule: 'main-missing', message, ...fix }];
  });
}

/** What Python would say of main.py before it runs it. */
async function scriptFindings(
  { files }: OpenSubmission,
  { entryPoint }: SubmissionForm,
): Promise<readonly Finding[]> {
  const main = files.get(entryPoint);
  if (main === undefined || !main.readable) return [];
  const finding = (rule: string, message: string, fix: string): readonly Finding[] => [
    { severity: 'error', file: entryPoint, rule, message, fix },
  ];
  if (main.size > MAX_SOURCE_BYTES) {
    return finding(
      'main-not-python',
      `main.py has ${formatCount(main.size)} bytes; that is no source`,
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

/**
 * Why Python would refuse these bytes as source, without a look at the syntax; `undefined` if it
 * would not. Another encoding that is declared as PEP 263 has it is believed.
 */
function sourceFault(bytes: Buffer): string | undefined {
  const zero = bytes.indexOf(0);
  if (zero !== -1) return `has a NUL byte at offset ${zero}`;
  const [first = '', second = ''] = bytes.subarray(0, 1024).toString('latin1').split('\n');
  const coding = CODING.exec(first)?.[1] ?? CODING.exec(second)?.[1] ?? 'utf-8';
  if (!UTF8_NAMES.test(coding) || isUtf8(bytes)) return undefined;
  return `is not valid UTF-8 at offset ${firstInvalidUtf8(bytes)}`;
}

/** Where `bytes`, which are not UTF-8, stop being it: what is wrong comes back as another character. */
function firstInvalidUtf8(bytes: Buffer): number {
  const read = Buffer.from(bytes.toString('utf8'));
  return bytes.findIndex((byte, at) => byte !== read[at]);
}

async function weightFindings(
  { files, tree }: OpenSubmission,
  signal: AbortSignal | undefined,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  let [bytes, scripts] = [0, 0];
  const pace = new Pace(signal);
  for (const [name, script] of files) {
    if (pace.isDue) await pace.turn();
    if (!name.endsWith('.py') || EXCLUDED.test(name) || !script.readable) continue;
    if (script.size > MAX_SCRIPT_BYTES) continue;
    bytes += script.size;
    scripts += 1;
    if (bytes > MAX_SCRIPTS_BYTES || scripts > MAX_SCRIPTS) break;
    // Python that can't be unpacked is main.py's finding, or never run.
    const source = await script.bytes().catch((error: unknown) => {
      if (error instanceof MalformedFile) return Buffer.alloc(0);
      throw error;
    });
    const file = { name: shownName(name), text: source.toString('utf8') };
    findings.push(...networkFindings(file, (path) => tree.has(path)));
    if (findings.length > MAX_NETWORK_FINDINGS) break;
  }
  return findings.slice(0, MAX_NETWORK_FINDINGS);
}
