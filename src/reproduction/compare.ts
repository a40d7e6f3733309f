import { openFileSource } from '../descriptors/byte-source.ts';
import { MalformedFile } from '../descriptors/malformed.ts';
import type { NpzFile } from '../descriptors/npz.ts';
import { exists } from '../files.ts';
import { openSubmission } from '../preflight/open-submission.ts';
import type { Track } from '../tracks/descriptor.ts';
import type { NotCompared, Reproduction } from './reproduction.ts';
import {
  openVectors,
  readSetIndex,
  type SetIndex,
  type VectorRange,
  type VectorReader,
} from './vectors.ts';
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
