import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { writeWhole } from '../files.ts';
import { formatNpyHeader, type NpyLayout } from './npy.ts';

/** An array to write: its layout, and its bytes in row order as they come. */
export interface ArrayToWrite extends NpyLayout {
  readonly name: string;
  readonly chunks: Iterable<Uint8Array>;
}

interface WrittenEntry {
  readonly name: Buffer;
  readonly offset: number;
  readonly size: number;
  readonly crc32: number;
}

const BATCH_BYTES = 1024 * 1024;
const VERSION_ZIP64 = 45;
const MADE_BY_UNIX = (3 << 8) | VERSION_ZIP64;
const REGULAR_FILE = (0o100644 << 16) >>> 0;
/** 1 January 1980, the earliest a zip knows: the same bytes at any time. */
const DOS_DATE = 0x21;
const IN_ZIP64_FIELD = 0xffffffff;

/**
 * Writes an npz as `numpy.savez` does: stored, every entry with a zip64 field. The file appears
 * whole: it is written beside `path` and renamed. Throws the system's errors and the signal's reason.
 */
export async function writeNpz(
  path: string,
  arrays: readonly ArrayToWrite[],
  signal?: AbortSignal,
): Promise<void> {
  await writeWhole(path, async (partial) => {
    const file = await open(partial, 'wx');
    try {
      await writeArrays(file, arrays, signal);
    } finally {
      await file.close();
    }
  });
}

async function writeArrays(
  file: FileHandle,
  arrays: readonly ArrayToWrite[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const entries: WrittenEntry[] = [];
  let offset = 0;
  for (const array of arrays) {
    const entry = await writeEntry(file, array, offset, signal);
    entries.push(entry);
    offset += localHeader(entry).length + entry.size;
  }
  const directory = Buffer.concat(entries.map(directoryEntry));
  await writeAll(file, directory, offset);
  await writeAll(
    file,
    endOfDirectory(entries.length, directory.length, offset),
    offset + directory.length,
  );
}

/** The data first, then the header before it, which needs the data's checksum. */
async function writeEntry(
  file: FileHandle,
  array: ArrayToWrite,
  offset: number,
  signal: AbortSignal | undefined,
): Promise<WrittenEntry> {
  const name = Buffer.from(`${array.name}.npy`);
  const start = offset + localHeader({ name, offset, size: 0, crc32: 0 }).length;
  const header = formatNpyHeader(array);
  await writeAll(file, header, start);
  let size = header.length;
  let checksum = crc32(header);
  for (const chunk of batches(array.chunks)) {
    signal?.throwIfAborted();
    await writeAll(file, chunk, start + size);
    size += chunk.length;
    checksum = crc32(chunk, checksum);
  }
  const entry = { name, offset, size, crc32: checksum };
  await writeAll(file, localHeader(entry), offset);
  return entry;
}

/** Joins small chunks, since each becomes a write of its own. A batch is valid until the next one. */
function* batches(chunks: Iterable<Uint8Array>): Generator<Uint8Array> {
  const batch = Buffer.allocUnsafe(BATCH_BYTES);
  let filled = 0;
  for (const chunk of chunks) {
    if (filled > 0 && filled + chunk.length > batch.length) {
      yield batch.subarray(0, filled);
      filled = 0;
    }
    if (chunk.length > batch.length) yield chunk;
    else {
      batch.set(chunk, filled);
      filled += chunk.length;
    }
  }
  if (filled > 0) yield batch.subarray(0, filled);
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const left = bytes.length - done;
    done += (await file.write(bytes, done, left, position + done)).bytesWritten;
  }
}

/** APPNOTE 4.3.7, with the sizes in a zip64 field (4.5.3). */
function localHeader({ name, size, crc32: checksum }: WrittenEntry): Buffer {
  const fixed = Buffer.alloc(30);
  fixed.writeUInt32LE(0x04034b50, 0);
  fixed.writeUInt16LE(VERSION_ZIP64, 4);
  fixed.writeUInt16LE(DOS_DATE, 12);
  fixed.writeUInt32LE(checksum, 14);
  fixed.writeUInt32LE(IN_ZIP64_FIELD, 18);
  fixed.writeUInt32LE(IN_ZIP64_FIELD, 22);
  fixed.writeUInt16LE(name.length, 26);
  const extra = zip64Field([size, size]);
  fixed.writeUInt16LE(extra.length, 28);
  return Buffer.concat([fixed, name, extra]);
}

/** APPNOTE 4.3.12. */
function directoryEntry({ name, offset, size, crc32: checksum }: WrittenEntry): Buffer {
  const fixed = Buffer.alloc(46);
  fixed.writeUInt32LE(0x02014b50, 0);
  fixed.writeUInt16LE(MADE_BY_UNIX, 4);
  fixed.writeUInt16LE(VERSION_ZIP64, 6);
  fixed.writeUInt16LE(DOS_DATE, 14);
  fixed.writeUInt32LE(checksum, 16);
  fixed.writeUInt32LE(IN_ZIP64_FIELD, 20);
  fixed.writeUInt32LE(IN_ZIP64_FIELD, 24);
  fixed.writeUInt16LE(name.length, 28);
  fixed.writeUInt32LE(REGULAR_FILE, 38);
  fixed.writeUInt32LE(IN_ZIP64_FIELD, 42);
  const extra = zip64Field([size, size, offset]);
  fixed.writeUInt16LE(extra.length, 30);
  return Buffer.concat([fixed, name, extra]);
}

function zip64Field(values: readonly number[]): Buffer {
  const field = Buffer.alloc(4 + 8 * values.length);
  field.writeUInt16LE(0x0001, 0);
  field.writeUInt16LE(8 * values.length, 2);
  values.forEach((value, index) => {
    field.writeBigUInt64LE(BigInt(value), 4 + 8 * index);
  });
  return field;
}

/** APPNOTE 4.3.14 to 4.3.16: the zip64 end of the directory, where it is, and the classic end. */
function endOfDirectory(entries: number, size: number, offset: number): Buffer {
  const end = Buffer.alloc(56 + 20 + 22);
  end.writeUInt32LE(0x06064b50, 0);
  end.writeBigUInt64LE(44n, 4);
  end.writeUInt16LE(MADE_BY_UNIX, 12);
  end.writeUInt16LE(VERSION_ZIP64, 14);
  end.writeBigUInt64LE(BigInt(entries), 24);
  end.writeBigUInt64LE(BigInt(entries), 32);
  end.writeBigUInt64LE(BigInt(size), 40);
  end.writeBigUInt64LE(BigInt(offset), 48);
  end.writeUInt32LE(0x07064b50, 56);
  end.writeBigUInt64LE(BigInt(offset + size), 64);
  end.writeUInt32LE(1, 72);
  end.writeUInt32LE(0x06054b50, 76);
  end.writeUInt16LE(entries, 84);
  end.writeUInt16LE(entries, 86);
  end.writeUInt32LE(size, 88);
  end.writeUInt32LE(Math.min(offset, IN_ZIP64_FIELD), 92);
  return end;
}
