import { runStarts } from './ids.ts';
import { type NpyHeader, readNpyHeader } from './npy.ts';
import { type NpzFile, npzMembers } from './npz.ts';
import { type ArrayToWrite, writeNpz } from './npz-writer.ts';
import { ARRAYS } from './rules.ts';

/** Rows from the first to before the last, counted from 0. */
type Range = readonly [from: number, to: number];

/**
 * Writes the vectors of some videos of a set as a set of its own, which appears whole.
 * @param isWanted is asked of each video, `at` being its place in their order
 * @returns false where it has none of them, or is stored column by column
 * @throws MalformedFile; the signal's reason
 */
export async function writeExcerpt(
  path: string,
  file: NpzFile,
  isWanted: (id: string, at: number) => boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const ranges = await rangesOf(file, isWanted, signal);
  const count = ranges.reduce((sum, [from, to]) => sum + to - from, 0);
  if (count === 0) return false;
  const arrays: ArrayToWrite[] = [];
  for await (const { name, cursor } of npzMembers(file, ARRAYS, signal)) {
    const header = await readNpyHeader(cursor);
    const [, ...columns] = header.shape;
    if (header.fortranOrder && columns.length > 0) return false;
    const rows = await rowsIn(cursor.remainder(), ranges, rowBytes(header));
    const { descr } = header.dtype;
    arrays.push({ name, descr, shape: [count, ...columns], chunks: [rows] });
  }
  await writeNpz(path, arrays, signal);
  return true;
}

/** Where the wanted videos are, in their order. */
async function rangesOf(
  file: NpzFile,
  isWanted: (id: string, at: number) => boolean,
  signal: AbortSignal,
): Promise<readonly Range[]> {
  const starts: { readonly index: number; readonly id: string }[] = [];
  let end = 0;
  for await (const { cursor } of npzMembers(file, ['video_ids'], signal)) {
    const { dtype, shape } = await readNpyHeader(cursor);
    [end = 0] = shape;
    for await (const { index, id } of runStarts(cursor.remainder(), dtype, signal)) {
      starts.push({ index, id });
    }
  }
  return starts.flatMap(({ index, id }, at): Range[] =>
    isWanted(id, at) ? [[index, starts[at + 1]?.index ?? end]] : [],
  );
}

function rowBytes({ dtype, shape: [, ...columns] }: NpyHeader): number {
  return columns.reduce((product, size) => product * size, dtype.itemSize);
}

/** The bytes of some rows; no more of the array is read than to the last of them. */
async function rowsIn(
  chunks: AsyncIterable<Uint8Array>,
  ranges: readonly Range[],
  bytesOfRow: number,
): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  const end = (ranges.at(-1)?.[1] ?? 0) * bytesOfRow;
  let position = 0;
  for await (const chunk of chunks) {
    for (const [from, to] of ranges) {
      const first = Math.max(0, from * bytesOfRow - position);
      const last = Math.min(chunk.length, to * bytesOfRow - position);
      if (first < last) parts.push(Buffer.from(chunk.subarray(first, last)));
    }
    position += chunk.length;
    if (position >= end) break;
  }
  return Buffer.concat(parts);
}
