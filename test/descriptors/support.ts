import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { type ByteSource, sliceOf } from '../../src/descriptors/byte-source.ts';
import { formatNpyHeader } from '../../src/descriptors/npy.ts';
import type { NpzFile } from '../../src/descriptors/npz.ts';
import { type EntryModel, entryOf, flag, withSizesBehind, zipOf } from '../support/zip-model.ts';

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
  return zipOf({ entries: entries.map(modelOf) });
}

function modelOf({ name, data, says = {}, ...entry }: TestEntry): EntryModel {
  const { offset, ...said } = says;
  const plain = entryOf(name, data, entry.deflate ? 8 : 0);
  const model = {
    ...plain,
    ...said,
    flags: plain.flags | (entry.encrypted ? flag.encrypted : 0),
    method: entry.method ?? plain.method,
    mode: entry.mode ?? plain.mode,
    ...(offset !== undefined && { offset }),
  };
  return entry.sizesFollow ? withSizesBehind(model) : model;
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
