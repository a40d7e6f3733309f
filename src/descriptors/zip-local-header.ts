import type { ByteCursor } from './byte-cursor.ts';
import { MalformedFile } from './malformed.ts';

/** What stands before an entry's data in a zip that is read from its start on. */
export interface LocalHeader {
  readonly rawName: Buffer;
  readonly method: number;
  readonly encrypted: boolean;
  /** Sizes and checksum follow the data instead of preceding it. */
  readonly sizesFollow: boolean;
  readonly zip64: boolean;
  readonly crc32: number;
  readonly size: number;
  readonly packedSize: number;
}

/** The first four bytes of a local header. */
export const LOCAL_HEADER_SIGNATURE = 0x04034b50;
const DESCRIPTOR_SIGNATURE = 0x08074b50;
const ZIP64_FIELD = 0x0001;
const IN_ZIP64_FIELD = 0xffffffff;

/**
 * Reads a local header whose signature has just been taken. Throws {@link MalformedFile}.
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.7 and 4.5.3
 */
export async function readLocalHeader(cursor: ByteCursor): Promise<LocalHeader> {
  const fixed = await cursor.take(26);
  const flags = fixed.readUInt16LE(2);
  const rawName = await cursor.take(fixed.readUInt16LE(22));
  const zip64 = extraField(await cursor.take(fixed.readUInt16LE(24)), ZIP64_FIELD);
  let used = 0;
  const size64 = (short: number): number => {
    if (short !== IN_ZIP64_FIELD || zip64 === undefined) return short;
    if (used + 8 > zip64.length) throw new MalformedFile('An entry has a zip64 field cut short.');
    used += 8;
    return Number(zip64.readBigUInt64LE(used - 8));
  };
  const size = size64(fixed.readUInt32LE(18));
  const packedSize = size64(fixed.readUInt32LE(14));
  return {
    rawName,
    method: fixed.readUInt16LE(4),
    encrypted: (flags & 1) !== 0,
    sizesFollow: (flags & 8) !== 0,
    zip64: zip64 !== undefined,
    crc32: fixed.readUInt32LE(10),
    size,
    packedSize,
  };
}

/** Skips what follows the data of an entry whose header has no sizes (APPNOTE 4.3.9). */
export async function skipDescriptor(cursor: ByteCursor, zip64: boolean): Promise<void> {
  const first = (await cursor.take(4)).readUInt32LE(0);
  if (first === DESCRIPTOR_SIGNATURE) await cursor.take(4);
  await cursor.take(zip64 ? 16 : 8);
}

function extraField(fields: Buffer, wanted: number): Buffer | undefined {
  for (let at = 0; at + 4 <= fields.length; ) {
    const end = at + 4 + fields.readUInt16LE(at + 2);
    if (fields.readUInt16LE(at) === wanted) return fields.subarray(at + 4, end);
    at = end;
  }
  return undefined;
}
