import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { readQuerySubset } from '../dataset/metadata.ts';
import { EnvironmentError, SubmissionFailed, systemCode } from '../errors.ts';
import { formatCount } from '../progress/format.ts';
import { type Digest, digestFile, digestRankings } from './digests.ts';
import { printable, readProvenance } from './file.ts';
import type { Provenance, RecordedFile } from './provenance.ts';

/** What is to be verified; all paths absolute. */
export interface VerifyRequest {
  /** The project directory, for the data. */
  readonly root: string;
  /** The result archive; the other files of `submission/` are looked for beside it. */
  readonly archive: string;
  readonly provenance: string;
}

/** One thing that was looked at. `absent`: it is not here, so nothing was checked. */
export interface Check {
  /** A role of a file, `rankings` or `counts`. */
  readonly what: string;
  /** The recorded path, or the name of what was counted. */
  readonly name: string;
  readonly state: 'same' | 'differs' | 'absent';
  readonly expected?: Digest | string;
  readonly found?: Digest | string;
}

/** What `verify` found out. */
export interface Verification {
  readonly provenance: Provenance;
  readonly checks: readonly Check[];
}

/**
 * Compares a result archive, and those inputs that are here, with the record of the run.
 * @throws EnvironmentError when the record or the archive is missing
 * @throws SubmissionFailed when the record is not well-formed
 */
export async function verify(request: VerifyRequest, signal: AbortSignal): Promise<Verification> {
  const provenance = await readProvenance(request.provenance);
  const archive = await requireArchive(request.archive, provenance);
  const checks: Check[] = [...archive];
  if (archive.length === 0) checks.push(...(await checkRankings(request.archive, provenance)));
  for (const file of archiveFirst(provenance.files)) {
    checks.push(await checkFile(file, placeOf(file, request), signal));
  }
  const subset = provenance.files.find(({ role }) => role === 'query_subset');
  const isSame = checks.some(({ what, state }) => what === 'query_subset' && state === 'same');
  const ids =
    subset === undefined || !isSame ? undefined : await countIds(placeOf(subset, request));
  return { provenance, checks: [...checks, ...checkCounts(provenance, ids)] };
}

async function requireArchive(archive: string, { failure }: Provenance): Promise<Check[]> {
  const facts = await stat(archive).catch(() => undefined);
  const there = facts !== undefined;
  if (facts?.isFile() === false) throw new EnvironmentError(`${archive} is no regular file.`);
  if (there && failure === null) return [];
  if (there) {
    const [expected, found] = ['none: the recorded run failed', 'one of another run'];
    return [{ what: 'result_archive', name: basename(archive), state: 'differs', expected, found }];
  }
  const why = failure === null ? '' : ` The recorded run failed: ${printable(failure)}`;
  throw new EnvironmentError(`There is no result archive at ${archive}.${why}`, [
    'vsc test-submission    runs the submission and leaves one',
  ]);
}

/** The archive before the other files, the rest as recorded. */
function archiveFirst(files: readonly RecordedFile[]): readonly RecordedFile[] {
  const isArchive = ({ role }: RecordedFile) => role === 'result_archive';
  return [...files.filter(isArchive), ...files.filter((file) => !isArchive(file))];
}

/** Where a recorded file is now: what was in `submission/` is beside the archive. */
function placeOf({ role, path }: RecordedFile, request: VerifyRequest): string {
  if (role === 'result_archive') return request.archive;
  const [folder, ...rest] = path.split('/');
  if (folder === 'submission') return join(dirname(request.archive), ...rest);
  return join(request.root, path);
}

async function checkFile(file: RecordedFile, place: string, signal: AbortSignal): Promise<Check> {
  const { role: what, path: name, bytes, sha256 } = file;
  const check = { what, name, expected: { bytes, sha256 } };
  try {
    // Only regular files are opened: a record may name a pipe or a device.
    if (!(await stat(place)).isFile()) {
      return { ...check, state: 'differs', found: 'no regular file' };
    }
    const found = await digestFile(place, signal);
    const same = found.bytes === bytes && found.sha256 === sha256;
    return { ...check, state: same ? 'same' : 'differs', found };
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) {
      return { ...check, state: 'absent' };
    }
    if (!(error instanceof EnvironmentError) && systemCode(error) !== 'EACCES') throw error;
    return { ...check, state: 'differs', found: "a file that can't be read" };
  }
}

async function checkRankings(archive: string, { rankings }: Provenance): Promise<Check[]> {
  const names = rankings.map(({ name }) => name);
  const found = await digestRankings(archive, names).catch((error: unknown) =>
    error instanceof Error ? error : new Error(String(error)),
  );
  return rankings.map(({ name, bytes, sha256, pairs }): Check => {
    const check = { what: 'rankings', name, expected: { bytes, sha256 } };
    if (found instanceof Error) {
      const why = printable(found.message);
      return { ...check, state: 'differs', found: `an archive that can't be read: ${why}` };
    }
    const ranking = found.find((one) => one.name === name);
    if (ranking === undefined) {
      return { ...check, state: 'differs', found: 'not in the archive, or not once' };
    }
    const { bytes: size, sha256: sum } = ranking;
    if (size !== bytes || sum !== sha256) {
      return { ...check, state: 'differs', found: { bytes: size, sha256: sum } };
    }
    if (ranking.pairs === pairs) return { ...check, state: 'same', found: check.expected };
    return {
      ...check,
      state: 'differs',
      expected: `${pairs} pairs`,
      found: `${ranking.pairs} pairs`,
    };
  });
}

async function countIds(querySubset: string): Promise<number> {
  return (await readQuerySubset(querySubset)).length;
}

/** Whether the numbers of a record agree with one another and with the subset that is here. */
function checkCounts(provenance: Provenance, ids: number | undefined): Check[] {
  const { counts, files, rankings } = provenance;
  const videos = files.filter(({ role }) => role === 'video').length;
  const { subsetQueries } = counts;
  const [full, subset] = rankings;
  const rows: (readonly [string, number, number | undefined])[] = [
    ["the subset's videos and those absent", subsetQueries, videos + counts.absentVideos],
    ['the queries of query_subset.csv', subsetQueries, ids],
    ['the queries that the runtime counted', subsetQueries, counts.runtime.subset_queries],
    ['the pairs that the runtime counted, full', full?.pairs ?? 0, counts.runtime.full_pairs],
    ['the pairs that the runtime counted, subset', subset?.pairs ?? 0, counts.runtime.subset_pairs],
  ];
  return rows.flatMap(([name, expected, found]): Check[] =>
    found === undefined
      ? []
      : [
          {
            what: 'counts',
            name,
            state: found === expected ? 'same' : 'differs',
            expected: String(expected),
            found: String(found),
          },
        ],
  );
}

/** What was submitted is not what the record says. */
export class VerificationFailed extends SubmissionFailed {}

const marks = { same: '✓', differs: '✗', absent: '–' } as const;

/** What was found out, a line for each check; videos and counts that are right share one. */
export function verificationLines({ provenance, checks }: Verification): string[] {
  const { outcome, times, run } = provenance;
  const together = ({ what, state }: Check) =>
    state !== 'differs' && (what === 'video' || what === 'counts');
  return [
    `Run ${printable(run)} of ${times.started}, which ${outcome}`,
    ...checks.filter((check) => !together(check)).flatMap(checkLines),
    ...sharedLine('same', 'video', 'videos', checks),
    ...sharedLine('absent', 'video', 'videos, not here: not checked', checks),
    ...sharedLine('same', 'counts', 'counts that agree', checks),
    sumOf(checks),
  ];
}

/** The failure where anything differs. */
export function differenceIn(
  { archive, provenance }: VerifyRequest,
  { checks }: Verification,
): VerificationFailed | undefined {
  const differing = checks.filter(({ state }) => state === 'differs');
  const [first] = differing;
  if (first === undefined) return undefined;
  const others = differing.length === 1 ? '' : ` and ${formatCount(differing.length - 1)} more`;
  return new VerificationFailed(
    `Not as recorded: ${first.name}${others} (${archive}, against ${provenance}).`,
    ['vsc test-submission    runs the submission again and leaves a new record'],
  );
}

function checkLines({ what, name, state, expected, found }: Check): string[] {
  const label = { rankings: `${name} in the archive`, counts: `count: ${name}` }[what] ?? name;
  const about = state === 'absent' ? ' is not here: not checked' : '';
  const line = `  ${marks[state]} ${label}${about}`;
  if (state !== 'differs') return [line];
  return [line, `      expected ${tell(expected)}`, `      found    ${tell(found)}`];
}

function sharedLine(
  state: 'same' | 'absent',
  what: string,
  words: string,
  checks: readonly Check[],
): string[] {
  const count = checks.filter((check) => check.what === what && check.state === state).length;
  return count === 0 ? [] : [`  ${marks[state]} ${formatCount(count)} ${words}`];
}

function sumOf(checks: readonly Check[]): string {
  const count = (wanted: Check['state']) => checks.filter(({ state }) => state === wanted).length;
  const [same, differs, absent] = [count('same'), count('differs'), count('absent')];
  const verdict =
    differs === 0
      ? `All that was checked is as recorded: ${formatCount(same)} of ${formatCount(checks.length)}.`
      : `${formatCount(differs)} of ${formatCount(checks.length)} differ.`;
  const rest = absent === 0 ? '' : ` Not checked, since not here: ${formatCount(absent)}.`;
  return `${verdict}${rest}`;
}

function tell(what: Digest | string | undefined): string {
  if (what === undefined) return 'nothing';
  if (typeof what === 'string') return what;
  return `${formatCount(what.bytes)} bytes, SHA-256 ${what.sha256}`;
}
