import { readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { Dtype } from './npy.ts';
import { findNonFinite } from './scan.ts';

/** Floats in a file that this process has open. */
export interface FloatsInFile {
  readonly fd: number;
  /** Of the first one, in bytes. */
  readonly offset: number;
  /** Of them all, in bytes. */
  readonly size: number;
  readonly dtype: Dtype;
}

/** How much is read at once: so little that it is in the processor's cache when it is looked at. */
const READ_BYTES = 512 * 1024;

/**
 * The CRC-32 of floats, if they all are finite. Keeps its thread busy to the end.
 * @throws the system's errors
 */
export async function sumIfFinite(floats: FloatsInFile): Promise<number | undefined> {
  const { fd, offset, size, dtype } = floats;
  let sum = 0;
  async function* summed() {
    const buffer = Buffer.allocUnsafeSlow(Math.min(READ_BYTES, size));
    for (let done = 0; done < size; ) {
      const bytes = readSync(fd, buffer, 0, Math.min(buffer.length, size - done), offset + done);
      // A file that became shorter has another checksum, too.
      if (bytes === 0) return;
      done += bytes;
      const chunk = buffer.subarray(0, bytes);
      sum = crc32(chunk, sum);
      yield chunk;
    }
  }
  const rows = size / dtype.itemSize;
  const found = await findNonFinite(summed(), { dtype, rows, columns: 1, fortranOrder: false });
  return found === undefined ? sum : undefined;
}
