import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { list } from 'tar/list';
import type { ReadEntry } from 'tar/read-entry';
import { openFile } from './places.ts';

/** Two files of a gigabyte; a small archive could unpack to a thousand times as much. */
const maxUnpackedBytes = 2 * 2 ** 30 + 2 ** 20;

/** A file in an archive, of a type that may be no file's at all. */
export type ArchivedFile = Pick<ReadEntry, 'path' | 'type'>;

/**
 * Reads a `.tar.gz` from its start to its end and holds nothing of it. Stops at the first thing that is
 * wrong with it, or that `onFile` or its answer throws.
 *
 * @param onFile is told of each entry, and answers who is to have its bytes, if anybody
 * @throws what the archive has wrong, in words; EnvironmentError for what is no file; the system's
 * errors; the signal's reason
 */
export async function readTarGz(
  path: string,
  onFile: (file: ArchivedFile) => ((chunk: Buffer) => void) | undefined,
  signal?: AbortSignal,
): Promise<void> {
  const failures: unknown[] = [];
  const attempt = <T>(work: () => T): T | undefined => {
    if (failures.length > 0) return undefined;
    try {
      return work();
    } catch (error) {
      failures.push(error);
      return undefined;
    }
  };
  const parser = list({
    strict: true,
    onReadEntry(entry) {
      const take = attempt(() => onFile(entry));
      if (take !== undefined) entry.on('data', (chunk) => attempt(() => take(chunk)));
    },
  });
  parser.on('error', (error) => failures.push(error));
  const ended = once(parser, 'end').catch(() => {}); // its error is a failure already
  const file = await openFile(path);
  // Each chunk is unpacked in a turn of the event loop of its own, so that an interrupt is heard.
  const consume = async (chunks: AsyncIterable<Buffer>) => {
    let bytes = 0;
    for await (const chunk of chunks) {
      bytes += chunk.length;
      attempt(() => {
        signal?.throwIfAborted();
        if (bytes > maxUnpackedBytes) throw new Error('it unpacks to more than 2 GB');
        parser.write(chunk);
      });
      if (failures.length > 0) throw failures[0];
    }
  };
  await pipeline(file.createReadStream(), createGunzip(), consume).catch((error) => {
    failures.push(error); // a symptom, where there is one already
  });
  parser.end();
  await ended;
  if (failures.length > 0) throw failures[0];
}
