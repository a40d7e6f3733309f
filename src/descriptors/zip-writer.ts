import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { ZipArchive } from 'archiver';
import { deflated, type Effort } from './deflate.ts';

/** An entry of a zip to be written. */
export interface EntryToWrite {
  readonly name: string;
  /** Unix permissions, e.g. `0o644`. */
  readonly mode: number;
  /** How hard it is deflated; without, it is stored. */
  readonly effort?: Effort | undefined;
  /** Each chunk has memory of its own. */
  readonly contents: AsyncIterable<Uint8Array>;
}

/** A zip has no date before this; a fixed one gives the same bytes for the same input. */
const date = new Date(Date.UTC(1980, 0, 1));

/** Bytes that may wait to be written while the next are being made. */
const AHEAD_BYTES = 4 * 1024 * 1024;

/** Who wants to know of what is written. */
export interface ZipWatcher {
  /** Sees the bytes of the zip before they are written. */
  readonly onChunk?: (chunk: Buffer) => void;
  /** Is told of chunks, of entries among them, that are needed no more; not of all. */
  readonly release?: (chunk: Uint8Array) => void;
}

/**
 * Writes a zip to the new file `path`, entry after entry; holds no more than a few chunks.
 * @throws what reading the entries throws, the system's errors, the signal's reason
 */
export async function writeZip(
  path: string,
  entries: AsyncIterable<EntryToWrite>,
  signal: AbortSignal,
  { onChunk = () => {}, release = () => {} }: ZipWatcher = {},
): Promise<void> {
  signal.throwIfAborted();
  const archive = new ZipArchive();
  const sums = takePacked(archive);
  const file = createWriteStream(path, { flush: true, highWaterMark: AHEAD_BYTES });
  const ahead: { readonly chunk: Buffer; readonly end: number }[] = [];
  let made = 0;
  archive.on('data', (chunk: Buffer) => {
    onChunk(chunk);
    made += chunk.length;
    ahead.push({ chunk, end: made });
    for (let [first] = ahead; first && first.end <= file.bytesWritten; [first] = ahead) {
      release(first.chunk);
      ahead.shift();
    }
  });
  const written = pipeline(archive, file, { signal });
  const giveUp = (error: Error) => archive.destroy(error);
  const addAll = async () => {
    for await (const { contents, effort, ...entry } of entries) {
      const source = Readable.from(packed(contents, effort, sums, release), oneChunk);
      source.once('error', giveUp); // the archive would not notice
      const added = once(archive, 'entry');
      archive.append(source, { ...entry, store: effort === undefined, date });
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

/** Chunks are large: one ahead is enough. */
const oneChunk = { objectMode: false, highWaterMark: 1 };

/** What a zip says of an entry's data. */
interface Sums {
  crc32: number;
  /** In bytes, as it comes and as it is packed. */
  size: number;
  packedSize: number;
}

/** An entry's data as it lies in the zip, with its sums on the way. */
async function* packed(
  contents: AsyncIterable<Uint8Array>,
  effort: Effort | undefined,
  sums: Sums,
  release: (chunk: Uint8Array) => void,
): AsyncGenerator<Uint8Array, void, void> {
  Object.assign(sums, { crc32: 0, size: 0, packedSize: 0 });
  const plain = summed(contents, sums);
  for await (const chunk of effort === undefined ? plain : deflated(plain, effort, release)) {
    sums.packedSize += chunk.length;
    yield chunk;
  }
}

async function* summed(
  contents: AsyncIterable<Uint8Array>,
  sums: Sums,
): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of contents) {
    sums.crc32 = crc32(chunk, sums.crc32);
    sums.size += chunk.length;
    yield chunk;
  }
}

/** What archiver's own engine keeps of an entry, and asks for where its data begins. */
interface Engine extends NodeJS.WritableStream {
  _afterAppend(entry: EngineEntry): void;
  _smartStream(
    entry: EngineEntry,
    done: (error: Error | null, entry: EngineEntry) => void,
  ): unknown;
}

interface EngineEntry {
  setCrc(sum: number): void;
  setSize(bytes: number): void;
  setCompressedSize(bytes: number): void;
}

/**
 * Has archiver lay out the zip and take the data between as it comes, packed already: by itself it sums it in
 * JavaScript and deflates it on one core, at a tenth of the speed. What it sends data through is private
 * (`_smartStream` of zip-stream 7), so the version is pinned.
 *
 * @returns what the data comes to, to be told before its end
 */
function takePacked(archive: ZipArchive): Sums {
  const sums: Sums = { crc32: 0, size: 0, packedSize: 0 };
  const { engine } = (archive as unknown as { _module: { engine: Engine } })._module;
  engine._smartStream = (entry, done) => {
    const data = new PassThrough();
    data.once('end', () => {
      entry.setCrc(sums.crc32);
      entry.setSize(sums.size);
      entry.setCompressedSize(sums.packedSize);
      engine._afterAppend(entry);
      done(null, entry);
    });
    data.pipe(engine, { end: false });
    return data;
  };
  return sums;
}
