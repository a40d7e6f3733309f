import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { list, type ReadEntry } from 'tar';
import { EnvironmentError, SubmissionFailed, systemCode, VscError } from '../errors.ts';
import { openFile } from '../places.ts';
import { shortened } from '../progress/visible.ts';
import type { Track } from '../tracks/descriptor.ts';
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
export async function readResultArchive(path: string, track: Track): Promise<ResultArchive> {
  const { full, subset } = await readResultRankings(path, track);
  return { fullPairs: full.length, subsetPairs: subset.length };
}

/**
 * Reads both rankings out of a result archive; stops at the first thing that is wrong.
 * @throws SubmissionFailed that says which file and line is wrong
 * @throws EnvironmentError that names the command to run where there is no archive
 */
export async function readResultRankings(path: string, track: Track): Promise<ResultRankings> {
  try {
    const readers = await readEntries(path, [track.fullRankings, track.subsetRankings]);
    const tableOf = (name: string) => {
      const reader = readers.get(name);
      if (reader === undefined) throw new SubmissionFailed(`${path} has no ${name}.`);
      return reader.end();
    };
    return { full: tableOf(track.fullRankings), subset: tableOf(track.subsetRankings) };
  } catch (error) {
    if (error instanceof VscError) throw error;
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
): Promise<ReadonlyMap<string, RankingsReader>> {
  const readers = new Map<string, RankingsReader>();
  let failure: unknown;
  const attempt = (work: () => void) => {
    if (failure !== undefined) return;
    try {
      work();
    } catch (error) {
      failure = error;
    }
  };
  const onReadEntry = (entry: ReadEntry) => {
    if (!names.includes(entry.path)) return;
    attempt(() => {
      if (readers.has(entry.path)) throw failed(`${path} has ${entry.path} twice.`);
      readers.set(entry.path, new RankingsReader({ name: entry.path, strict: true, fail: failed }));
    });
    entry.on('data', (chunk) => attempt(() => readers.get(entry.path)?.push(chunk)));
  };
  const parser = list({ strict: true, onReadEntry });
  parser.on('error', (error) => {
    failure ??= error;
  });
  const ended = once(parser, 'end').catch(() => {}); // its error is the failure already
  const file = await openFile(path);
  for await (const chunk of file.createReadStream()) {
    // Unpacking happens in turns of the event loop: lets it catch up.
    if (!parser.write(chunk as Buffer) && failure === undefined) await setImmediate();
    if (failure !== undefined) throw failure;
  }
  parser.end();
  await ended;
  if (failure !== undefined) throw failure;
  return readers;
}

function failed(message: string): SubmissionFailed {
  return new SubmissionFailed(message);
}
