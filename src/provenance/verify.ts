import { basename, dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { readQuerySubset } from '../dataset/metadata.ts';
import { EnvironmentError, SubmissionFailed } from '../errors.ts';
import { lookForFile } from '../places.ts';
import { formatCount } from '../progress/format.ts';
import { shortened } from '../progress/visible.ts';
import { type Digest, digestFile, digestRankings, type RankingDigest } from './digests.ts';
import { readProvenance } from './file.ts';
import type { Provenance, RecordedFile } from './provenance.ts';

/** Most characters of a text out of a record or an error. */
const maxText = 300;

/** What is to be verified; all paths absolute. */
export interface VerifyRequest {
  /** The project directory, for the data. */
  readonly root: string;
  /** The result archive; the other files of `submission/` are looked for beside it. */
  readonly archive: string;
  readonly provenance: string;
}

/** What was found out, a check for each thing that was looked at. */
export interface Verification {
  readonly provenance: Provenance;
  readonly checks: readonly Check[];
}

/** One thing that was looked at. `absent`: it is not here, so nothing was checked. */
export interface Check {
  /** A role of a file, `rankings` or `counts`. */
  readonly what: string;
  /** The recorded path, or the name of what was counted. */
  readonly name: string;
  readonly state: 'same' | 'differs' | 'absent';
  readonly expected: Facts;
  readonly found?: Facts;
}

/** What a file is known by, or words. */
type Facts = Digest | string;

/**
 * Compares a result archive, and those inputs that are here, with the record of the run.
 * @throws EnvironmentError when the record or the archive is missing
 * @throws SubmissionFailed when the record is not well-formed
 */
export async function verify(request: VerifyRequest, signal: AbortSignal): Promise<Verification> {
  const provenance = await readProvenance(request.provenance);
  const checks = await checkArchive(request.archive, provenance, signal);
  let queries: number | undefined;
  for (const file of archiveFirst(provenance.files)) {
    const place = placeOf(file, request);
    const check = await checkFile(file, place, signal);
    checks.push(check);
    if (file.role === 'query_subset' && check.state === 'same') {
      queries = (await readQuerySubset(place)).length;
    }
  }
  return { provenance, checks: [...checks, ...checkCounts(provenance, queries)] };
}

function compare(what: string, name: string, expected: Facts, found: Facts): Check {
  const state = isDeepStrictEqual(expected, found) ? 'same' : 'differs';
  return { what, name, state, expected, found };
}

const digestOf = ({ bytes, sha256 }: Digest): Digest => ({ bytes, sha256 });

/** What is inside the archive; where the run failed, that there is one at all. */
async function checkArchive(
  archive: string,
  provenance: Provenance,
  signal: AbortSignal,
): Promise<Check[]> {
  const { failure, rankings } = provenance;
  if (!(await lookForFile(archive))) {
    const why = failure === null ? '' : ` The recorded run failed: ${shortened(failure, maxText)}`;
    throw new EnvironmentError(`There is no result archive at ${archive}.${why}`, [
      'vsc test-submission    runs the submission and leaves one',
    ]);
  }
  if (failure !== null) {
    const [expected, found] = ['none: the recorded run failed', 'one of another run'];
    return [compare('result_archive', basename(archive), expected, found)];
  }
  try {
    const names = rankings.map(({ name }) => name);
    const found = await digestRankings(archive, names, signal);
    return rankings.map((ranking) => checkRanking(ranking, found));
  } catch (error) {
    signal.throwIfAborted();
    const why = shortened(error instanceof Error ? error.message : String(error), maxText);
    const found = `an archive that can't be read: ${why}`;
    return rankings.map((ranking) => compare('rankings', ranking.name, digestOf(ranking), found));
  }
}

function checkRanking(recorded: RankingDigest, archived: readonly RankingDigest[]): Check {
  const { name, pairs } = recorded;
  const found = archived.find((ranking) => ranking.name === name);
  if (found === undefined) {
    return compare('rankings', name, digestOf(recorded), 'not in the archive, or not once');
  }
  const check = compare('rankings', name, digestOf(recorded), digestOf(found));
  if (check.state === 'differs' || found.pairs === pairs) return check;
  return compare('rankings', name, `${pairs} pairs`, `${found.pairs} pairs`);
}

/** The archive before the other files, these as recorded. */
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
  const { role: what, path: name } = file;
  const expected = digestOf(file);
  try {
    if (!(await lookForFile(place))) return { what, name, state: 'absent', expected };
    return compare(what, name, expected, await digestFile(place, signal));
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    return compare(what, name, expected, 'no file that can be read');
  }
}

/** Whether the numbers of a record agree with one another and with the subset that is here. */
function checkCounts(
  { counts, files, rankings }: Provenance,
  queries: number | undefined,
): Check[] {
  const { subsetQueries, absentVideos, runtime } = counts;
  const videos = files.filter(({ role }) => role === 'video').length;
  const [full, subset] = rankings;
  const rows: (readonly [string, number, number | undefined])[] = [
    ["the subset's videos and those absent", subsetQueries, videos + absentVideos],
    ['the queries of query_subset.csv', subsetQueries, queries],
    ['the queries that the runtime counted', subsetQueries, runtime.subset_queries],
    ['the pairs that the runtime counted, full', full?.pairs ?? 0, runtime.full_pairs],
    ['the pairs that the runtime counted, subset', subset?.pairs ?? 0, runtime.subset_pairs],
  ];
  return rows.flatMap(([name, expected, found]) =>
    found === undefined ? [] : [compare('counts', name, String(expected), String(found))],
  );
}

/** What was submitted is not what the record says. */
export class VerificationFailed extends SubmissionFailed {}

/** The failure where anything differs. */
export function differenceIn(
  { archive, provenance }: VerifyRequest,
  { checks }: Verification,
): VerificationFailed | undefined {
  const [first, ...others] = checks.filter(({ state }) => state === 'differs');
  if (first === undefined) return undefined;
  const more = others.length === 0 ? '' : ` and ${formatCount(others.length)} more`;
  return new VerificationFailed(
    `Not as recorded: ${first.name}${more} (${archive}, against ${provenance}).`,
    ['vsc test-submission    runs the submission again and leaves a new record'],
  );
}

const marks = { same: '✓', differs: '✗', absent: '–' } as const;

/** What was found out, a line for each check; videos and counts that are right share one. */
export function verificationLines({ provenance, checks }: Verification): string[] {
  const { outcome, times, run } = provenance;
  const sharesLine = ({ what, state }: Check) =>
    state !== 'differs' && (what === 'video' || what === 'counts');
  const sharedLine = (what: string, state: Check['state'], words: string) => {
    const count = checks.filter((check) => check.what === what && check.state === state).length;
    return count === 0 ? [] : [`  ${marks[state]} ${formatCount(count)} ${words}`];
  };
  return [
    `Run ${shortened(run, maxText)} of ${times.started}, which ${outcome}`,
    ...checks.filter((check) => !sharesLine(check)).flatMap(checkLines),
    ...sharedLine('video', 'same', 'videos'),
    ...sharedLine('video', 'absent', 'videos, not here: not checked'),
    ...sharedLine('counts', 'same', 'counts that agree'),
    totalLine(checks),
  ];
}

function checkLines({ what, name, state, expected, found }: Check): string[] {
  const label = { rankings: `${name} in the archive`, counts: `count: ${name}` }[what] ?? name;
  const line = `  ${marks[state]} ${label}`;
  if (state === 'absent') return [`${line} is not here: not checked`];
  if (state === 'same') return [line];
  return [line, `      expected ${inWords(expected)}`, `      found    ${inWords(found)}`];
}

function inWords(facts: Facts = 'nothing'): string {
  if (typeof facts === 'string') return facts;
  return `${formatCount(facts.bytes)} bytes, SHA-256 ${facts.sha256}`;
}

function totalLine(checks: readonly Check[]): string {
  const numberOf = (wanted: Check['state']) =>
    formatCount(checks.filter(({ state }) => state === wanted).length);
  const all = formatCount(checks.length);
  const [same, differ, absent] = [numberOf('same'), numberOf('differs'), numberOf('absent')];
  const verdict =
    differ === '0'
      ? `All that was checked is as recorded: ${same} of ${all}.`
      : `${differ} of ${all} differ.`;
  return absent === '0' ? verdict : `${verdict} Not checked, since not here: ${absent}.`;
}
