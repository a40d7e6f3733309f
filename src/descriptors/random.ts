import { type ArrayToWrite, writeNpz } from './npz-writer.ts';
import { type RandomUint32, randomBelow, seededRandom } from './prng.ts';

/** How to make random descriptors. */
export interface RandomOptions {
  /** The same seed, durations and dimensions give the same bytes everywhere. */
  readonly seed: number;
  /** Values per vector; 16 unless told otherwise. */
  readonly dimensions?: number;
  readonly signal?: AbortSignal;
}

/** How many vectors were written. */
export interface RandomDescriptors {
  readonly vectors: number;
  readonly videos: number;
}

/** A video's part of the set: vectors at 0 s, 1 s, … `count` − 1 s. */
export interface VideoVectors {
  readonly id: string;
  readonly count: number;
}

const DEFAULT_DIMENSIONS = 16;
const VALUES_PER_CHUNK = 256 * 1024;
/** Parts the streams of counts and of values, so that the one doesn't depend on the other's length. */
const VALUES_SEED = 0x5eed;

/**
 * Writes a valid set of random descriptors for the videos in `durations` (seconds by id): for each
 * between one vector and one per begun second, at whole seconds; uniform in [−1, 1). `features` are
 * (N, dimensions) float32, `timestamps` (N,) float32, `video_ids` (N,) sorted. Streams to a file
 * that appears whole. Throws the system's errors and the signal's reason.
 */
export async function writeRandomDescriptors(
  path: string,
  durations: ReadonlyMap<string, number>,
  { seed, dimensions = DEFAULT_DIMENSIONS, signal }: RandomOptions,
): Promise<RandomDescriptors> {
  const videos = chooseCounts(durations, seededRandom(seed));
  const vectors = videos.reduce((sum, { count }) => sum + count, 0);
  const width = videos.reduce((most, { id }) => Math.max(most, [...id].length), 1);
  const values = seededRandom(seed ^ VALUES_SEED);
  const arrays: readonly ArrayToWrite[] = [
    { name: 'video_ids', descr: `<U${width}`, shape: [vectors], chunks: idChunks(videos, width) },
    { name: 'timestamps', descr: '<f4', shape: [vectors], chunks: secondChunks(videos) },
    {
      name: 'features',
      descr: '<f4',
      shape: [vectors, dimensions],
      chunks: valueChunks(vectors * dimensions, values),
    },
  ];
  await writeNpz(path, arrays, signal);
  return { vectors, videos: videos.length };
}

function chooseCounts(
  durations: ReadonlyMap<string, number>,
  random: RandomUint32,
): readonly VideoVectors[] {
  const byCodePoint = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  return [...durations.keys()].sort(byCodePoint).flatMap((id) => {
    const seconds = Math.ceil(durations.get(id) ?? 0);
    return seconds > 0 ? [{ id, count: 1 + randomBelow(random, seconds) }] : [];
  });
}

function* idChunks(videos: readonly VideoVectors[], width: number): Generator<Uint8Array> {
  for (const { id, count } of videos) {
    const rows = Buffer.alloc(4 * width * count);
    for (let row = 0; row < count; row += 1) {
      let at = 4 * width * row;
      for (const character of id) at = rows.writeUInt32LE(character.codePointAt(0) ?? 0, at);
    }
    yield rows;
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
function* valueChunks(total: number, random: RandomUint32): Generator<Uint8Array> {
  for (let done = 0; done < total; done += VALUES_PER_CHUNK) {
    const count = Math.min(VALUES_PER_CHUNK, total - done);
    const values = Buffer.allocUnsafe(4 * count);
    for (let at = 0; at < count; at += 1) {
      values.writeFloatLE((random() >>> 8) * 2 ** -23 - 1, 4 * at);
    }
    yield values;
  }
}
