import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { mersenne } from 'pure-rand/generator/mersenne';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { writeNpz } from './npz-writer.ts';

/** How to make random descriptors. */
export interface RandomOptions {
  /** The same seed, durations and dimensions give the same bytes everywhere. */
  readonly seed: number;
  /** Values per vector; 16 unless told otherwise. */
  readonly dimensions?: number;
  readonly signal?: AbortSignal;
}

/** A video's part of the set: vectors at 0 s, 1 s, … `count` − 1 s. */
export interface VideoVectors {
  readonly id: string;
  readonly count: number;
}

const VALUES_PER_CHUNK = 256 * 1024;

/**
 * Writes a valid set of random descriptors for the videos in `durations` (seconds by id): for each
 * between one vector and one per begun second, at whole seconds; uniform in [−1, 1). `features` are
 * (N, dimensions) float32, `timestamps` (N,) float32, `video_ids` (N,) sorted. Streams to a file
 * that appears whole. Throws the system's errors and the signal's reason.
 * @returns how many vectors were written, of how many videos
 */
export async function writeRandomDescriptors(
  path: string,
  durations: ReadonlyMap<string, number>,
  { seed, dimensions = 16, signal }: RandomOptions,
): Promise<{ readonly vectors: number; readonly videos: number }> {
  // 32-bit integers only, no `Math.log` or `Math.sin`: their last digits differ between versions of V8.
  const random = mersenne(seed);
  const videos = chooseCounts(durations, random);
  const vectors = videos.reduce((sum, { count }) => sum + count, 0);
  const width = videos.reduce((most, { id }) => Math.max(most, [...id].length), 1);
  const features = valueChunks(vectors * dimensions, random);
  const arrays = [
    { name: 'video_ids', descr: `<U${width}`, shape: [vectors], chunks: idChunks(videos, width) },
    { name: 'timestamps', descr: '<f4', shape: [vectors], chunks: secondChunks(videos) },
    { name: 'features', descr: '<f4', shape: [vectors, dimensions], chunks: features },
  ];
  await writeNpz(path, arrays, signal);
  return { vectors, videos: videos.length };
}

function chooseCounts(
  durations: ReadonlyMap<string, number>,
  random: RandomGenerator,
): readonly VideoVectors[] {
  const byCodePoint = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  return [...durations.keys()].sort(byCodePoint).flatMap((id) => {
    const seconds = Math.ceil(durations.get(id) ?? 0);
    return seconds > 0 ? [{ id, count: uniformInt(random, 1, seconds) }] : [];
  });
}

function* idChunks(videos: readonly VideoVectors[], width: number): Generator<Uint8Array> {
  for (const { id, count } of videos) {
    const row = Buffer.alloc(4 * width);
    [...id].forEach((character, at) => {
      row.writeUInt32LE(character.codePointAt(0) ?? 0, 4 * at);
    });
    yield Buffer.alloc(row.length * count, row);
  }
}

function* secondChunks(videos: readonly VideoVectors[]): Generator<Uint8Array> {
  for (const { count } of videos) {
    const seconds = Buffer.alloc(4 * count);
    for (let second = 0; second < count; second += 1) seconds.writeFloatLE(second, 4 * second);
    yield seconds;
  }
}

/** Multiples of 2⁻²³, which float32 holds exactly: nothing is rounded. */
function* valueChunks(total: number, random: RandomGenerator): Generator<Uint8Array> {
  for (let done = 0; done < total; done += VALUES_PER_CHUNK) {
    const count = Math.min(VALUES_PER_CHUNK, total - done);
    const values = Buffer.allocUnsafe(4 * count);
    for (let at = 0; at < count; at += 1) {
      values.writeFloatLE((random.next() >>> 8) * 2 ** -23 - 1, 4 * at);
    }
    yield values;
  }
}
