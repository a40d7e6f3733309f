import { openFile } from '../places.ts';
import { MalformedFile } from './malformed.ts';

/** Bytes of a known number that can be read at any place: a file, or a part of one. */
export interface ByteSource {
  /** In bytes. */
  readonly size: number;
  /** Where they lie in a file that this process has open, for whoever reads on another thread. */
  readonly place?: { readonly fd: number; readonly offset: number };
  /** Fills `into` with the bytes from `position` on. Throws {@link MalformedFile} past the end. */
  read(into: Uint8Array, position: number): Promise<void>;
}

/** Bytes of a known number that can only be read from the start on, again and again. */
export interface ByteStream {
  /** In bytes. */
  readonly size: number;
  chunks(signal?: AbortSignal): AsyncGenerator<Uint8Array, void, void>;
}

/** An open file as a {@link ByteSource}. Close it. */
export interface FileSource extends ByteSource {
  close(): Promise<void>;
}

/** How much is read at once: less costs more calls, more leaves the processor's cache before it is looked at. */
const READ_BYTES = 1024 * 1024;
/** How much is handed on at once: so little that it is still in the processor's cache for whoever
 * looks at it second. */
const CHUNK_BYTES = 512 * 1024;

/** Opens the file at `path`. Throws as {@link openFile}. */
export async function openFileSource(path: string): Promise<FileSource> {
  const handle = await openFile(path);
  const { size } = await handle.stat().catch(async (error: unknown) => {
    await handle.close();
    throw error;
  });
  return {
    size,
    place: { fd: handle.fd, offset: 0 },
    async read(into, position) {
      assertInside(size, position, into.length);
      let done = 0;
      while (done < into.length) {
        const { bytesRead } = await handle.read(into, done, into.length - done, position + done);
        if (bytesRead === 0) throw new MalformedFile('The file became shorter while it was read.');
        done += bytesRead;
      }
    },
    close: () => handle.close(),
  };
}

/** The `size` bytes of `source` from `start` on. Throws {@link MalformedFile} if it has fewer. */
export function sliceOf(source: ByteSource, start: number, size: number): ByteSource {
  assertInside(source.size, start, size);
  const { place } = source;
  return {
    size,
    ...(place && { place: { ...place, offset: place.offset + start } }),
    async read(into, position) {
      assertInside(size, position, into.length);
      await source.read(into, start + position);
    },
  };
}

/** `length` bytes of `source` from `position` on, in memory. */
export async function readBytes(
  source: ByteSource,
  position: number,
  length: number,
): Promise<Buffer> {
  assertInside(source.size, position, length);
  const bytes = Buffer.allocUnsafe(length);
  await source.read(bytes, position);
  return bytes;
}

/**
 * All of `source` in order, in small pieces. A piece is valid until the next one is asked for: two
 * buffers take turns, one being read while the other is worked on.
 */
export async function* chunksOf(
  source: ByteSource,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  const capacity = Math.min(READ_BYTES, source.size);
  const buffers = [Buffer.allocUnsafeSlow(capacity), Buffer.allocUnsafeSlow(capacity)] as const;
  const readAt = async (position: number): Promise<Uint8Array> => {
    const buffer = buffers[(position / READ_BYTES) & 1] ?? buffers[0];
    const block = buffer.subarray(0, Math.min(READ_BYTES, source.size - position));
    await source.read(block, position);
    return block;
  };
  let ahead = readAt(0);
  try {
    for (let position = 0; position < source.size; position += READ_BYTES) {
      const block = await ahead;
      signal?.throwIfAborted();
      const next = position + READ_BYTES;
      if (next < source.size) ahead = readAt(next);
      for (let at = 0; at < block.length; at += CHUNK_BYTES) {
        yield block.subarray(at, at + CHUNK_BYTES);
      }
    }
  } finally {
    await ahead.catch(() => undefined);
  }
}

function assertInside(size: number, position: number, length: number): void {
  if (position >= 0 && length >= 0 && position + length <= size) return;
  throw new MalformedFile(
    `The file is cut off: ${length} bytes at offset ${position} are beyond its ${size} bytes.`,
  );
}
