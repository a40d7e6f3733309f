import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipArchive } from 'archiver';

/** An entry of a zip to be written. */
export interface EntryToWrite {
  readonly name: string;
  /** Unix permissions, e.g. `0o644`. */
  readonly mode: number;
  /** Not deflated. */
  readonly store: boolean;
  readonly contents: AsyncIterable<Uint8Array>;
}

/** A zip has no date before this; a fixed one gives the same bytes for the same input. */
const date = new Date(Date.UTC(1980, 0, 1));

/**
 * Writes a zip to the new file `path`, entry after entry; holds no more than a few chunks.
 *
 * @param onChunk sees the bytes of the zip as they are written
 * @throws what reading the entries throws, the system's errors, the signal's reason
 */
export async function writeZip(
  path: string,
  entries: AsyncIterable<EntryToWrite>,
  signal: AbortSignal,
  onChunk?: (chunk: Buffer) => void,
): Promise<void> {
  signal.throwIfAborted();
  const archive = new ZipArchive({ zlib: { level: 6 } });
  if (onChunk !== undefined) archive.on('data', onChunk);
  const written = pipeline(archive, createWriteStream(path, { flush: true }), { signal });
  const giveUp = (error: Error) => archive.destroy(error);
  const addAll = async () => {
    for await (const { contents, ...entry } of entries) {
      const source = Readable.from(contents, { objectMode: false });
      source.once('error', giveUp); // the archive would not notice
      const added = once(archive, 'entry');
      archive.append(source, { ...entry, date });
      await Promise.race([added, written]).finally(() => source.destroy());
    }
    await archive.finalize();
  };
  try {
    await Promise.all([written, addAll().catch(giveUp)]);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
