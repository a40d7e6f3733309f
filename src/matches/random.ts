import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { mersenne } from 'pure-rand/generator/mersenne';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { writeWhole } from '../files.ts';

/** The videos that may match: seconds by id. */
export interface MatchableVideos {
  readonly queries: ReadonlyMap<string, number>;
  readonly references: ReadonlyMap<string, number>;
}

/** How to make random matches. */
export interface RandomMatchOptions {
  /** The same seed and videos give the same bytes everywhere. */
  readonly seed: number;
  readonly signal?: AbortSignal;
}

/** A video in which there is room for a segment. */
interface Video {
  readonly id: string;
  readonly milliseconds: number;
}

const HEADER = 'query_id,ref_id,query_start,query_end,ref_start,ref_end,score\n';

/** 24 days: what is longer has its segments there, so that 32 bits hold every time. */
const MOST_MILLISECONDS = 2 ** 31 - 1;

const CHUNK_CHARACTERS = 64 * 1024;

/**
 * Writes a valid CSV of random matches: for each query, with chance ½, a segment of it and one of a
 * reference, each between two uniform moments of its video, and a uniform score. Times are in seconds
 * with three decimals, scores in [0, 1) with six. Videos of less than a millisecond match nothing;
 * where there are others on both sides, there is one match at least. The order of the videos doesn't
 * matter. Streams to a file that appears whole. Throws the system's errors and the signal's reason.
 * @returns how many matches were written
 */
export async function writeRandomMatches(
  path: string,
  { queries, references }: MatchableVideos,
  { seed, signal = new AbortController().signal }: RandomMatchOptions,
): Promise<number> {
  // 32-bit integers only: their digits are the same on every machine.
  const random = mersenne(seed);
  const [candidates, pool] = [usable(queries), usable(references)];
  const matching = pool.length === 0 ? [] : chosen(candidates, random);
  const write = (partial: string) =>
    pipeline(chunks(matching, pool, random), createWriteStream(partial, { flush: true }), {
      signal,
    });
  try {
    signal.throwIfAborted();
    await writeWhole(path, write);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
  return matching.length;
}

/** By id, so that all draw in the same order. */
function usable(durations: ReadonlyMap<string, number>): readonly Video[] {
  return [...durations.keys()].sort().flatMap((id) => {
    const inVideo = Math.floor((durations.get(id) ?? 0) * 1000);
    return inVideo >= 1 ? [{ id, milliseconds: Math.min(inVideo, MOST_MILLISECONDS) }] : [];
  });
}

function chosen(videos: readonly Video[], random: RandomGenerator): readonly Video[] {
  const some = videos.filter(() => uniformInt(random, 0, 1) === 1);
  return some.length > 0 || videos.length === 0 ? some : [drawn(videos, random)];
}

function* chunks(
  queries: readonly Video[],
  references: readonly Video[],
  random: RandomGenerator,
): Generator<string> {
  let chunk = HEADER;
  for (const query of queries) {
    const reference = drawn(references, random);
    const times = [...segment(query, random), ...segment(reference, random)].map(inSeconds);
    const score = `0.${String(uniformInt(random, 0, 999_999)).padStart(6, '0')}`;
    chunk += `${[query.id, reference.id, ...times, score].join()}\n`;
    if (chunk.length < CHUNK_CHARACTERS) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}

function drawn(videos: readonly Video[], random: RandomGenerator): Video {
  return videos[uniformInt(random, 0, videos.length - 1)] as Video;
}

/** Two different moments in order, each two as likely as any other two. */
function segment({ milliseconds }: Video, random: RandomGenerator): [number, number] {
  const one = uniformInt(random, 0, milliseconds);
  const other = uniformInt(random, 0, milliseconds - 1);
  return other < one ? [other, one] : [one, other + 1];
}

function inSeconds(milliseconds: number): string {
  const rest = String(milliseconds % 1000).padStart(3, '0');
  return `${Math.floor(milliseconds / 1000)}.${rest}`;
}
