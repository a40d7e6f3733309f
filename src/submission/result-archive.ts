import type { Readable } from 'node:stream';
import { list } from 'tar';
import { SubmissionFailed, VscError } from '../errors.ts';
import { readRankings } from '../scoring/rankings.ts';
import type { Track } from '../track.ts';

/** What the result archive holds: numbers of ranked video pairs. */
export interface ResultArchive {
  readonly fullPairs: number;
  readonly subsetPairs: number;
}

/**
 * Reads the archive that a run left, with both rankings in it to their last line.
 * @throws SubmissionFailed that says which file and line is wrong
 */
export async function readResultArchive(path: string, track: Track): Promise<ResultArchive> {
  const counts = new Map<string, Promise<number>>();
  try {
    await list({
      file: path,
      strict: true,
      onReadEntry(entry) {
        if (entry.path !== track.fullRankings && entry.path !== track.subsetRankings) return;
        const count = countRankings(entry as unknown as Readable, entry.path);
        count.catch(() => {}); // awaited below, once the archive is read
        counts.set(entry.path, count);
      },
    });
    const counted = (name: string) => {
      const count = counts.get(name);
      if (count === undefined) throw new SubmissionFailed(`${path} has no ${name}.`);
      return count;
    };
    return {
      fullPairs: await counted(track.fullRankings),
      subsetPairs: await counted(track.subsetRankings),
    };
  } catch (error) {
    if (error instanceof VscError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new SubmissionFailed(`${path} can't be read: ${why}.`, [], { cause: error });
  }
}

async function countRankings(csv: Readable, name: string): Promise<number> {
  let pairs = 0;
  for await (const _ of readRankings(csv, name)) pairs += 1;
  return pairs;
}
