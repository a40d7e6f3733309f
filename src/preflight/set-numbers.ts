import { ByteCursor } from '../descriptors/byte-cursor.ts';
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
      if (npz === undefined) continue;
      try {
        sets.push({ file, ...(await numbersOf(npz.file, signal)) });
      } finally {
        await npz.close();
      }
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
  for await (const member of npzMembers(npz, ['video_ids', 'features'], signal)) {
    const cursor = new ByteCursor(member.chunks());
    try {
      const header = await readNpyHeader(cursor);
      if (member.name === 'features') shape = header.shape;
      else videos = await countRuns(cursor, header);
    } finally {
      await cursor.close();
    }
    // Leave the rest of a deflated set, gigabytes perhaps, where it is.
    if (shape !== undefined && videos !== undefined) break;
  }
  return { vectors: shape?.[0] ?? 0, dimensions: shape?.[1] ?? 0, videos: videos ?? 0 };
}

async function countRuns(
  cursor: ByteCursor,
  { dtype, shape }: Awaited<ReturnType<typeof readNpyHeader>>,
): Promise<number> {
  let runs = 0;
  for await (const _ of readIdRuns(cursor.remainder(), dtype, shape[0] ?? 0)) runs += 1;
  return runs;
}
