import { writeWhole } from '../files.ts';
import { formatNpyHeader, type NpyLayout } from './npy.ts';
import { type EntryToWrite, writeZip } from './zip-writer.ts';

/** An array to write: its layout, and its bytes in row order as they come. */
export interface ArrayToWrite extends NpyLayout {
  readonly name: string;
  readonly chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

const BATCH_BYTES = 1024 * 1024;

/**
 * Writes an npz as `numpy.savez` does, nothing deflated. The file appears whole. Throws the system's
 * errors and the signal's reason.
 */
export async function writeNpz(
  path: string,
  arrays: readonly ArrayToWrite[],
  signal = new AbortController().signal,
): Promise<void> {
  await writeWhole(path, (partial) => writeZip(partial, entriesOf(arrays), signal));
}

async function* entriesOf(arrays: readonly ArrayToWrite[]): AsyncGenerator<EntryToWrite> {
  for (const array of arrays) {
    const contents = batches(formatNpyHeader(array), array.chunks);
    yield { name: `${array.name}.npy`, mode: 0o644, contents };
  }
}

/** Joins small chunks, since each takes its own way through the streams. */
async function* batches(header: Uint8Array, chunks: ArrayToWrite['chunks']) {
  let batch = [header];
  let bytes = header.length;
  for await (const chunk of chunks) {
    batch.push(chunk);
    bytes += chunk.length;
    if (bytes < BATCH_BYTES) continue;
    yield Buffer.concat(batch);
    batch = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(batch);
}
