import { crc32, createInflateRaw } from 'node:zlib';
import { MalformedFile } from './malformed.ts';

const OUTPUT_BYTES = 1024 * 1024;

/** What a zip directory says of an entry's contents. */
export interface Contents {
  /** In bytes, unpacked. */
  readonly size: number;
  readonly crc32: number;
}

/**
 * Inflates raw deflate data (RFC 1951) as it comes. A chunk of `compressed` is not touched again
 * once the next one is asked for. Throws {@link MalformedFile} where the data is damaged or cut off.
 * @param size how much is expected, a hint only
 */
export async function* inflated(
  compressed: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array, void, void> {
  const engine = createInflateRaw({ chunkSize: Math.max(1024, Math.min(OUTPUT_BYTES, size)) });
  const closed = new Promise<void>((resolve) => engine.once('close', resolve));
  const feed = async (): Promise<void> => {
    for await (const chunk of compressed) {
      // zlib drops the callback when data follows the end of the deflate stream: hence the race.
      const written = new Promise<void>((resolve) => engine.write(chunk, () => resolve()));
      await Promise.race([written, closed]);
      if (engine.destroyed || engine.readableEnded) return;
    }
    engine.end();
  };
  const feeding = feed().catch((error: unknown) => {
    engine.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  try {
    for await (const chunk of engine) yield chunk as Uint8Array;
  } catch (error) {
    throw isZlibError(error)
      ? new MalformedFile(`Its compressed data is damaged (${error.message}).`, { cause: error })
      : error;
  } finally {
    engine.destroy();
    await feeding;
  }
}

/**
 * Passes `chunks` on and holds them to what the directory says: never more bytes than that, and at
 * the end the same number and the same CRC-32. Throws {@link MalformedFile} otherwise.
 */
export async function* verified(
  chunks: AsyncIterable<Uint8Array>,
  expected: Contents,
): AsyncGenerator<Uint8Array, void, void> {
  let size = 0;
  let checksum = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > expected.size) {
      throw new MalformedFile(`It unpacks to more than the ${expected.size} bytes it declares.`);
    }
    checksum = crc32(chunk, checksum);
    yield chunk;
  }
  if (size < expected.size) {
    throw new MalformedFile(`It is cut off: it declares ${expected.size} bytes and holds ${size}.`);
  }
  if (checksum !== expected.crc32) {
    throw new MalformedFile('Its checksum (CRC-32) is wrong: the data was damaged.');
  }
}

function isZlibError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && /^Z_/.test(String(error.code));
}
