import { openFileSource } from '../descriptors/byte-source.ts';
import { MalformedFile } from '../descriptors/malformed.ts';
import type { NpzFile } from '../descriptors/npz.ts';
import { exists } from '../files.ts';
import { openSubmission } from '../preflight/open-submission.ts';
import type { Track } from '../tracks/descriptor.ts';
import type { NotCompared, Reproduction } from './reproduction.ts';
import { openVectors, readSetIndex, type SetIndex, type VectorReader } from './vectors.ts';
import { Comparison, matchVideo, type VideoVectors } from './verdict.ts';

/** Vectors of one video that are compared at most, so that one can't fill the memory. */
const MAX_VIDEO_VECTORS = 20_000;

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
  const comparison = new Comparison(first.dimensions, second.dimensions);
  if (first.dimensions !== second.dimensions) {
    for (const { video, counts } of videosOf(first, second)) comparison.add(video, counts, []);
    return comparison.result();
  }
  const readers: VectorReader[] = [];
  try {
    readers.push(await openVectors(submitted, signal));
    readers.push(await openVectors(made, signal));
    const [one, other] = readers as [VectorReader, VectorReader];
    for (const { video, counts } of videosOf(first, second)) {
      signal.throwIfAborted();
      const [a, b] = [await vectors(first, one, video), await vectors(second, other, video)];
      const both = a !== undefined && b !== undefined;
      comparison.add(video, counts, both ? matchVideo(a, b, first.dimensions) : []);
    }
  } finally {
    for (const reader of readers) await reader.close();
  }
  return comparison.result();
}

/** The videos that either set has vectors for, in the order of both files. */
function videosOf(first: SetIndex, second: SetIndex) {
  const count = (index: SetIndex, video: string) => {
    const { start, end } = index.videos.get(video) ?? { start: 0, end: 0 };
    return Math.min(end - start, MAX_VIDEO_VECTORS);
  };
  return [...new Set([...first.videos.keys(), ...second.videos.keys()])].sort().map((video) => ({
    video,
    counts: { submitted: count(first, video), made: count(second, video) },
  }));
}

async function vectors(
  { videos, times }: SetIndex,
  reader: VectorReader,
  video: string,
): Promise<VideoVectors | undefined> {
  const place = videos.get(video);
  if (place === undefined) return undefined;
  const { start } = place;
  const end = Math.min(place.end, start + MAX_VIDEO_VECTORS);
  return { times: times.subarray(start, end), rows: await reader.rows(start, end) };
}
