import { crc32, createInflateRaw } from 'node:zlib';
import { MalformedFile } from './malformed.ts';

const OUTPUT_BYTES = 1024 * 1024;

/** What a zip says of an entry's data. */
export interface Contents {
  /** 0 is stored, 8 is deflated; nothing else is read here. */
  readonly method: number;
  readonly encrypted: boolean;
  /** In bytes, packed. */
  readonly packedSize: number;
  /** In bytes, unpacked. */
  readonly size: number;
  readonly crc32: number;
}

/** Throws {@link MalformedFile} for data that no one here can read; `name` begins its message. */
export function assertReadable(name: string, { encrypted, method }: Contents): void {
  if (encrypted) throw new MalformedFile(`${name} is encrypted.`);
  if (method === 0 || method === 8) return;
  throw new MalformedFile(
    `${name} is compressed by method ${method}; stored (0) and deflated (8) are read.`,
  );
}

/** The data of an entry, unpacked and verified as it comes. Throws {@link MalformedFile}. */
export function unpacked(
  packed: AsyncIterable<Uint8Array>,
  contents: Contents,
): AsyncGenerator<Uint8Array, void, void> {
  return verified(contents.method === 0 ? packed : inflated(packed, contents), contents);
}

/**
 * Raw deflate data (RFC 1951). A chunk of `compressed` is not touched again once the next one is asked
 * for. Throws {@link MalformedFile} where the data is damaged or cut off, or more follows its end.
 */
async function* inflated(
  compressed: AsyncIterable<Uint8Array>,
  { size, packedSize }: Pick<Contents, 'size' | 'packedSize'>,
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
    if (engine.bytesWritten !== packedSize) {
      throw new MalformedFile('Its compressed data ends before it should.');
    }
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
async function* verified(
  chunks: AsyncIterable<Uint8Array>,
  expected: Pick<Contents, 'size' | 'crc32'>,
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
