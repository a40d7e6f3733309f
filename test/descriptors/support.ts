import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { type ByteSource, sliceOf } from '../../src/descriptors/byte-source.ts';
import { formatNpyHeader } from '../../src/descriptors/npy.ts';
import type { NpzFile } from '../../src/descriptors/npz.ts';

/** An entry of a zip that a test makes up; what is not said is as it should be. */
export interface TestEntry {
  readonly name: string;
  readonly data: Uint8Array;
  readonly deflate?: boolean;
  readonly encrypted?: boolean;
  /** Sizes and checksum after the data, as a writer that can't seek puts them. */
  readonly sizesFollow?: boolean;
  readonly method?: number;
  readonly mode?: number;
  /** What the headers say instead of the truth. */
  readonly says?: { size?: number; packedSize?: number; crc32?: number; offset?: number };
}

/** A zip with these entries, byte by byte. */
export function makeZip(entries: readonly TestEntry[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const packed = entry.deflate ? deflateRawSync(entry.data) : Buffer.from(entry.data);
    const fields = fieldsOf(entry, packed.length);
    const local = localHeader(
      name,
      entry.sizesFollow ? { ...fields, crc32: 0, packedSize: 0, size: 0 } : fields,
    );
    const central = directoryHeader(
      name,
      fields,
      entry.mode ?? 0o100644,
      entry.says?.offset ?? offset,
    );
    directory.push(central, name);
    const pieces = [local, name, packed, ...(entry.sizesFollow ? [descriptor(fields)] : [])];
    parts.push(...pieces);
    offset += pieces.reduce((sum, { length }) => sum + length, 0);
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, listing, end]);
}

function fieldsOf(entry: TestEntry, packedSize: number): Fields {
  return {
    flags: (entry.encrypted ? 1 : 0) | (entry.sizesFollow ? 8 : 0) | 0x800,
    method: entry.method ?? (entry.deflate ? 8 : 0),
    crc32: entry.says?.crc32 ?? crc32(entry.data),
    packedSize: entry.says?.packedSize ?? packedSize,
    size: entry.says?.size ?? entry.data.length,
  };
}

function localHeader(name: Buffer, fields: Fields): Buffer {
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(20, 4);
  writeFields(local, 6, fields);
  local.writeUInt16LE(name.length, 26);
  return local;
}

function directoryHeader(name: Buffer, fields: Fields, mode: number, offset: number): Buffer {
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE((3 << 8) | 20, 4);
  writeFields(central, 8, fields);
  central.writeUInt16LE(name.length, 28);
  central.writeUInt32LE((mode << 16) >>> 0, 38);
  central.writeUInt32LE(offset, 42);
  return central;
}

interface Fields {
  readonly flags: number;
  readonly method: number;
  readonly crc32: number;
  readonly packedSize: number;
  readonly size: number;
}

function writeFields(header: Buffer, at: number, fields: Fields): void {
  header.writeUInt16LE(fields.flags, at);
  header.writeUInt16LE(fields.method, at + 2);
  header.writeUInt16LE(0x21, at + 6);
  header.writeUInt32LE(fields.crc32, at + 8);
  header.writeUInt32LE(fields.packedSize, at + 12);
  header.writeUInt32LE(fields.size, at + 16);
}

function descriptor({ crc32: checksum, packedSize, size }: Fields): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32LE(0x08074b50, 0);
  bytes.writeUInt32LE(checksum, 4);
  bytes.writeUInt32LE(packedSize, 8);
  bytes.writeUInt32LE(size, 12);
  return bytes;
}

/** An npy array: any dtype and shape over any bytes. */
export function makeNpy(descr: string, shape: readonly number[], data: Uint8Array): Buffer {
  return Buffer.concat([formatNpyHeader({ descr, shape }), data]);
}

/** An npy array with this header text, whatever it says. */
export function makeNpyWithHeader(text: string, data: Uint8Array, version = 1): Buffer {
  const prefix = Buffer.alloc(version === 1 ? 10 : 12);
  prefix.write('\x93NUMPY', 'latin1');
  prefix.writeUInt8(version, 6);
  if (version === 1) prefix.writeUInt16LE(text.length, 8);
  else prefix.writeUInt32LE(text.length, 8);
  return Buffer.concat([prefix, Buffer.from(text, 'latin1'), data]);
}

export function idsNpy(ids: readonly string[], width = 7): Buffer {
  const data = Buffer.alloc(4 * width * ids.length);
  ids.forEach((id, row) => {
    [...id].forEach((character, at) => {
      data.writeUInt32LE(character.codePointAt(0) ?? 0, 4 * (row * width + at));
    });
  });
  return makeNpy(`<U${width}`, [ids.length], data);
}

export function floatsNpy(rows: readonly (readonly number[])[]): Buffer {
  const data = Buffer.from(Float32Array.from(rows.flat()).buffer);
  return makeNpy('<f4', [rows.length, rows[0]?.length ?? 0], data);
}

/** A set for these ids with a vector of two values each. */
export function makeSet(ids: readonly string[], options: Partial<TestEntry> = {}): Buffer {
  return makeZip([
    { name: 'video_ids.npy', data: idsNpy(ids), ...options },
    { name: 'features.npy', data: floatsNpy(ids.map((_, at) => [at, 0.5])), ...options },
    {
      name: 'timestamps.npy',
      data: makeNpy('<f8', [ids.length], Buffer.from(Float64Array.from(ids.keys()).buffer)),
      ...options,
    },
  ]);
}

/** Bytes in memory as what is read at any place. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  const all: ByteSource = {
    size: bytes.length,
    read: async (into, position) => into.set(bytes.subarray(position, position + into.length)),
  };
  return sliceOf(all, 0, bytes.length);
}

/** The two ways to read an npz: at any place, and from its start on in chunks of an odd length,
 * whose memory is used again for the next. */
export const waysToRead: Readonly<Record<string, (bytes: Buffer) => NpzFile>> = {
  'at any place': bytesSource,
  streamed: (bytes) => ({
    size: bytes.length,
    async *chunks() {
      const chunk = Buffer.alloc(997);
      for (let at = 0; at < bytes.length; at += chunk.length) {
        yield chunk.subarray(0, bytes.copy(chunk, 0, at));
        chunk.fill(0xff);
      }
    },
  }),
};

/** Seconds by id, of a metadata CSV. */
export async function durationsOf(folder: string, file: string): Promise<Map<string, number>> {
  const rows: Record<string, string>[] = parse(await readFile(join(folder, file)), {
    columns: true,
  });
  return new Map(rows.map((row) => [row.video_id ?? '', Number(row.duration_sec)]));
}

/** The durations of the videos in a subset. */
export async function subsetOf(
  folder: string,
  durations: ReadonlyMap<string, number>,
): Promise<Map<string, number>> {
  const rows: Record<string, string>[] = parse(await readFile(join(folder, 'query_subset.csv')), {
    columns: true,
  });
  return new Map(rows.map(({ video_id: id = '' }) => [id, durations.get(id) ?? 0]));
}
