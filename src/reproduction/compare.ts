import { type ByteCursor, wholeItems } from '../descriptors/byte-cursor.ts';
import { openFileSource } from '../descriptors/byte-source.ts';
import { isStringType, readIdRuns } from '../descriptors/ids.ts';
import { MalformedFile } from '../descriptors/malformed.ts';
import { dtypeName, isFloat32, type NpyHeader, readNpyHeader } from '../descriptors/npy.ts';
import { type NpzFile, npzMembers } from '../descriptors/npz.ts';
import { ARRAYS } from '../descriptors/rules.ts';
import { exists } from '../files.ts';
import { openSubmission } from '../preflight/open-submission.ts';
import type { Track } from '../tracks/descriptor.ts';
import type { NotCompared, Reproduction } from './reproduction.ts';
import { Comparison, matchVideo, type VideoVectors } from './verdict.ts';

/**
 * Compares the query descriptors that `main.py` made for the subset with the submitted ones of the
 * same videos: the score of the subset can be the full set's only if the code makes what was
 * submitted. Streams both sets and holds one video of each.
 *
 * @param zip the submission
 * @param made the `subset_query_descriptors.npz` of a run
 * @param subset the ids of the subset's queries
 * @throws EnvironmentError where there is no `zip`; the signal's reason
 */
export async function compareDescriptors(
  zip: string,
  made: string,
  subset: Iterable<string>,
  track: Track,
  signal: AbortSignal,
): Promise<Reproduction | NotCompared> {
  const notCompared = (why: string) => ({ verdict: 'not compared', why }) as const;
  if (!(await exists(made))) return notCompared(`there is no ${made}`);
  const source = await openFileSource(made);
  const submission = await openSubmission(zip, { freeBytes: 0, signal });
  try {
    const npz = await submission.files.get(track.querySet)?.npz();
    if (npz === undefined) return notCompared(`${zip} has no descriptors`);
    return await compareSets(npz, source, new Set(subset), signal);
  } catch (error) {
    if (error instanceof MalformedFile) return notCompared(error.message);
    throw error;
  } finally {
    await submission.close();
    await source.close();
  }
}

/** Compares two sets, for the videos in `subset`. Throws MalformedFile. */
export async function compareSets(
  submitted: NpzFile,
  made: NpzFile,
  subset: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Reproduction> {
  const first = await readSetIndex(submitted, subset, signal);
  const second = await readSetIndex(made, subset, signal);
  const { dimensions } = first;
  const comparison = new Comparison(dimensions, second.dimensions);
  const readers: VectorReader[] = [];
  try {
    if (dimensions === second.dimensions) {
      for (const npz of [submitted, made]) readers.push(await openVectors(npz, signal));
    }
    const [one, other] = readers;
    // In the order of both files, which are sorted.
    for (const video of [...new Set([...first.videos.keys(), ...second.videos.keys()])].sort()) {
      signal.throwIfAborted();
      const [a, b] = [first.videos.get(video), second.videos.get(video)];
      const counts = { submitted: countOf(a), made: countOf(b) };
      const both = one !== undefined && other !== undefined && a !== undefined && b !== undefined;
      const matches = both
        ? matchVideo(await vectorsAt(a, first, one), await vectorsAt(b, second, other), dimensions)
        : [];
      comparison.add(video, counts, matches);
    }
  } finally {
    for (const reader of readers) await reader.close();
  }
  return comparison.result();
}

function countOf(range: VectorRange | undefined): number {
  return range === undefined ? 0 : range.end - range.start;
}

async function vectorsAt(
  { start, end }: VectorRange,
  { times }: SetIndex,
  reader: VectorReader,
): Promise<VideoVectors> {
  return { times: times.subarray(start, end), rows: await reader.rows(start, end) };
}

/** What a set of descriptors is made of, without its features. */
export interface SetIndex {
  readonly dimensions: number;
  /** The vectors of each wanted video, in the order of the file; of many, the first ones. */
  readonly videos: ReadonlyMap<string, VectorRange>;
  /** Seconds by vector: the timestamp, or where it is a start and an end, the start. */
  readonly times: Float64Array;
}

/** Vectors from `start` to before `end`. */
export interface VectorRange {
  readonly start: number;
  readonly end: number;
}

/** Vectors of one video that are compared at most, so that one can't fill the memory. */
const MAX_VIDEO_VECTORS = 20_000;
/** More vectors than this are not compared; the largest sets of queries have a few hundred thousand. */
const MAX_VECTORS = 2_000_000;
/** Column-major features are held whole, up to this many bytes. */
const MAX_COLUMN_MAJOR_BYTES = 256 * 2 ** 20;

/**
 * Reads ids and timestamps of a set, and the shape of its features.
 *
 * @param wanted the videos to tell of
 * @throws MalformedFile where it is no valid set
 */
async function readSetIndex(
  npz: NpzFile,
  wanted: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<SetIndex> {
  const found: { -readonly [part in keyof SetIndex]?: SetIndex[part] } = {};
  const lengths = new Set<number>();
  for await (const { name, cursor } of npzMembers(npz, ARRAYS, signal)) {
    const header = await readNpyHeader(cursor);
    const [count = 0] = header.shape;
    if (count > MAX_VECTORS) throw new MalformedFile(`It has ${count} vectors.`);
    lengths.add(count);
    if (name === 'features') found.dimensions = dimensionsOf(header);
    else if (name === 'timestamps') found.times = await readTimes(cursor, header);
    else found.videos = await readVideos(cursor, header, wanted);
  }
  const { dimensions, videos, times } = found;
  if (!dimensions || videos === undefined || times === undefined || lengths.size !== 1) {
    throw new MalformedFile('It lacks an array, or its arrays are not equally long.');
  }
  return { dimensions, videos, times };
}

async function readVideos(
  cursor: ByteCursor,
  { dtype, shape }: NpyHeader,
  wanted: ReadonlySet<string>,
): Promise<SetIndex['videos']> {
  if (!isStringType(dtype)) throw new MalformedFile('video_ids are no strings.');
  const videos = new Map<string, VectorRange>();
  let last = '';
  for await (const { id, start, end } of readIdRuns(cursor.remainder(), dtype, shape[0] ?? 0)) {
    if (id < last) throw new MalformedFile('video_ids are not sorted.');
    last = id;
    if (wanted.has(id)) videos.set(id, { start, end: Math.min(end, start + MAX_VIDEO_VECTORS) });
  }
  return videos;
}

function dimensionsOf({ dtype, shape }: NpyHeader): number {
  const [, dimensions, ...more] = shape;
  if (dimensions === undefined || more.length > 0) {
    throw new MalformedFile('features has not two dimensions.');
  }
  if (!isFloat32(dtype)) throw new MalformedFile(`features is ${dtypeName(dtype)}, not float32.`);
  return dimensions;
}

async function readTimes(cursor: ByteCursor, header: NpyHeader): Promise<Float64Array> {
  const { dtype, fortranOrder, shape } = header;
  const [count = 0, columns = 1] = shape;
  const read = READERS[`${dtype.kind}${dtype.itemSize}`];
  if (read === undefined || columns < 1 || columns > 2 || shape.length > 2) {
    throw new MalformedFile(`timestamps is ${dtypeName(dtype)} of shape (${shape.join(', ')}).`);
  }
  const times = new Float64Array(count);
  const stride = fortranOrder ? 1 : columns;
  let item = 0;
  for await (const items of wholeItems(cursor.remainder(), dtype)) {
    const view = new DataView(items.buffer, items.byteOffset, items.length);
    for (let at = 0; at < items.length; at += dtype.itemSize, item += 1) {
      if (item % stride === 0 && item / stride < count) times[item / stride] = read(view, at);
    }
  }
  return times;
}

/** How a number is read, little-endian, by kind and size of the dtype. */
const READERS: Readonly<Record<string, (view: DataView, at: number) => number>> = {
  f4: (view, at) => view.getFloat32(at, true),
  f8: (view, at) => view.getFloat64(at, true),
  i4: (view, at) => view.getInt32(at, true),
  u4: (view, at) => view.getUint32(at, true),
  i8: (view, at) => Number(view.getBigInt64(at, true)),
  u8: (view, at) => Number(view.getBigUint64(at, true)),
};

/** The features of a set, read from its start on. Close it. */
export interface VectorReader {
  /** The vectors from `start` to before `end`, row by row. `start` must never be before an `end` asked for. */
  rows(start: number, end: number): Promise<Float32Array>;
  close(): Promise<unknown>;
}

/** Opens the features of a set that {@link readSetIndex} has read. Throws MalformedFile. */
async function openVectors(npz: NpzFile, signal: AbortSignal): Promise<VectorReader> {
  const members = npzMembers(npz, ['features'], signal);
  const { value: member } = await members.next();
  if (member === undefined) throw new MalformedFile('The array features is missing.');
  const { cursor } = member;
  const close = () => members.return();
  try {
    const header = await readNpyHeader(cursor);
    const rows = header.fortranOrder ? await transposed(cursor, header) : inOrder(cursor, header);
    return { rows, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function inOrder(cursor: ByteCursor, { headerBytes, shape }: NpyHeader): VectorReader['rows'] {
  const rowBytes = 4 * (shape[1] ?? 0);
  return async (start, end) => {
    await cursor.skip(headerBytes + start * rowBytes - cursor.position);
    const bytes = await cursor.take((end - start) * rowBytes);
    return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  };
}

async function transposed(
  cursor: ByteCursor,
  { dataBytes, shape }: NpyHeader,
): Promise<VectorReader['rows']> {
  const [count = 0, dimensions = 0] = shape;
  if (dataBytes > MAX_COLUMN_MAJOR_BYTES) {
    throw new MalformedFile('features is column-major and too large to be read row by row.');
  }
  const bytes = await cursor.take(dataBytes);
  const columns = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  return async (start, end) =>
    Float32Array.from({ length: (end - start) * dimensions }, (_, at) => {
      const row = start + Math.floor(at / dimensions);
      return columns[(at % dimensions) * count + row] as number;
    });
}
