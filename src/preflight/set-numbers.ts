import { readIdRuns } from '../descriptors/ids.ts';
import { MalformedFile } from '../descriptors/malformed.ts';
import { readNpyHeader } from '../descriptors/npy.ts';
import { type NpzFile, npzMembers } from '../descriptors/npz.ts';
import type { Track } from '../tracks/descriptor.ts';
import { openSubmission } from './open-submission.ts';

/** How large a set of descriptors is. */
export interface SetNumbers {
  readonly file: string;
  readonly vectors: number;
  readonly dimensions: number;
  /** Runs of equal ids, which are sorted in a valid set. */
  readonly videos: number;
}

/** The sizes of the sets in a submission that has been found valid; reads ids and headers only. */
export async function submissionNumbers(
  path: string,
  track: Track,
  signal: AbortSignal,
): Promise<readonly SetNumbers[]> {
  const submission = await openSubmission(path, { freeBytes: 0, signal });
  try {
    const sets: SetNumbers[] = [];
    for (const file of [track.querySet, track.referenceSet]) {
      const npz = await submission.files.get(file)?.npz();
      if (npz !== undefined) sets.push({ file, ...(await numbersOf(npz, signal)) });
    }
    return sets;
  } catch (error) {
    if (error instanceof MalformedFile) return []; // it was changed since it was checked
    throw error;
  } finally {
    await submission.close();
  }
}

async function numbersOf(npz: NpzFile, signal: AbortSignal): Promise<Omit<SetNumbers, 'file'>> {
  let shape: readonly number[] | undefined;
  let videos: number | undefined;
  for await (const { name, cursor } of npzMembers(npz, ['video_ids', 'features'], signal)) {
    const header = await readNpyHeader(cursor);
    if (name === 'features') shape = header.shape;
    else {
      videos = 0;
      const runs = readIdRuns(cursor.remainder(), header.dtype, header.shape[0] ?? 0);
      for await (const _ of runs) videos += 1;
    }
    // Leave the rest of a deflated set, gigabytes perhaps, where it is.
    if (shape !== undefined && videos !== undefined) break;
  }
  return { vectors: shape?.[0] ?? 0, dimensions: shape?.[1] ?? 0, videos: videos ?? 0 };
}
