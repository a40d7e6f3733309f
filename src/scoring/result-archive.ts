import { EnvironmentError, SubmissionFailed, systemCode, VscError } from '../errors.ts';
import { shortened } from '../progress/visible.ts';
import { type ArchivedFile, readTarGz } from '../tar-gz.ts';
import type { Track } from '../tracks/descriptor.ts';
import { turn } from '../turn.ts';
import { RankingsReader, type RankingTable } from './rankings.ts';

/** Most characters of what the reader of archives says. */
const maxReason = 300;

/** What the result archive holds: numbers of ranked video pairs. */
export interface ResultArchive {
  readonly fullPairs: number;
  readonly subsetPairs: number;
}

/** Both rankings of a result archive. */
export interface ResultRankings {
  readonly full: RankingTable;
  readonly subset: RankingTable;
}

/**
 * Reads the archive that a run left, with both rankings in it to their last line.
 * @throws SubmissionFailed that says which file and line is wrong
 */
export async function readResultArchive(
  path: string,
  track: Track,
  signal?: AbortSignal,
): Promise<ResultArchive> {
  const { full, subset } = await readResultRankings(path, track, signal);
  return { fullPairs: full.length, subsetPairs: subset.length };
}

/**
 * Reads both rankings out of a result archive; stops at the first thing that is wrong.
 * @throws SubmissionFailed that says which file and line is wrong
 * @throws EnvironmentError that names the command to run where there is no archive
 */
export async function readResultRankings(
  path: string,
  track: Track,
  signal?: AbortSignal,
): Promise<ResultRankings> {
  try {
    const names = [track.fullRankings, track.subsetRankings];
    const readers = await readEntries(path, names, signal);
    const tableOf = (name: string) => {
      const reader = readers.get(name);
      if (reader === undefined) throw new SubmissionFailed(`${path} has no ${name}.`);
      return reader.end();
    };
    const full = tableOf(track.fullRankings);
    await turn(signal);
    return { full, subset: tableOf(track.subsetRankings) };
  } catch (error) {
    if (error instanceof VscError) throw error;
    signal?.throwIfAborted();
    if (systemCode(error) === 'ENOENT') {
      const next = ['Run "vsc test-submission": it leaves them there.'];
      throw new EnvironmentError(`There are no results at ${path}.`, next, { cause: error });
    }
    const why = shortened(error instanceof Error ? error.message : String(error), maxReason);
    throw new SubmissionFailed(`${path} can't be read: ${why}.`, [], { cause: error });
  }
}

/** Feeds the entries of these names to readers, as they are unpacked; nothing is held. */
async function readEntries(
  path: string,
  names: readonly string[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, RankingsReader>> {
  const readers = new Map<string, RankingsReader>();
  const onFile = ({ path: name }: ArchivedFile) => {
    if (!names.includes(name)) return undefined;
    if (readers.has(name)) throw failed(`${path} has ${name} twice.`);
    const reader = new RankingsReader({ name, strict: true, fail: failed });
    readers.set(name, reader);
    return (chunk: Buffer) => reader.push(chunk);
  };
  await readTarGz(path, onFile, signal);
  return readers;
}

function failed(message: string): SubmissionFailed {
  return new SubmissionFailed(message);
}
