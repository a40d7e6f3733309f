import {
  type Entry,
  fromRandomAccessReaderPromise,
  getFileNameLowLevel,
  RandomAccessReader,
} from 'yauzl';
import type { ByteCursor } from './byte-cursor.ts';
import { type ByteSource, chunksOf, readBytes, sliceOf } from './byte-source.ts';
import { assertReadable, type Contents, unpacked } from './inflate.ts';
import { MalformedFile } from './malformed.ts';

/** An entry of a zip's central directory, as it stands there: nothing is trusted yet. */
export interface ZipEntry extends Contents {
  /** Decoded as the flags say, backslashes kept. Folders end in `/`. */
  readonly name: string;
  readonly rawName: Buffer;
  readonly headerOffset: number;
  /** The Unix `st_mode`, where the zip was made on a system that has one. */
  readonly mode: number | undefined;
}

/** What stands before an entry's data in a zip that is read from its start on. */
export interface LocalHeader extends Contents {
  readonly rawName: Buffer;
  /** Sizes and checksum follow the data instead of preceding it. */
  readonly sizesFollow: boolean;
  readonly zip64: boolean;
}

/** Larger directories are not read: no submission has them, and hostile ones would fill the memory. */
const MAX_ENTRIES = 100_000;
const MAX_DIRECTORY_BYTES = 8 * 1024 * 1024;

const LOCAL_HEADER_BYTES = 30;
/** The first four bytes of a local header. */
export const LOCAL_HEADER_SIGNATURE = 0x04034b50;
const DESCRIPTOR_SIGNATURE = 0x08074b50;
const ZIP64_FIELD = 0x0001;
const IN_ZIP64_FIELD = 0xffffffff;
const WINDOW_BYTES = 64 * 1024;
const HOST_UNIX = 3;
const HOST_MACOS = 19;

/**
 * The central directory of the zip in `source`, zip64 too. Throws {@link MalformedFile} where it is
 * not a zip, is cut off or contradicts itself.
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3
 */
export async function readZipDirectory(
  source: ByteSource,
  maxEntries = MAX_ENTRIES,
): Promise<readonly ZipEntry[]> {
  const entries: ZipEntry[] = [];
  try {
    const zip = await fromRandomAccessReaderPromise(new WindowedReader(source), source.size, {
      decodeStrings: false,
      validateEntrySizes: false,
      autoClose: false,
    });
    if (zip.entryCount > maxEntries) {
      throw new MalformedFile(`It has ${zip.entryCount} entries; at most ${maxEntries} are read.`);
    }
    let bytes = 0;
    for await (const entry of zip.eachEntry()) {
      bytes += entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength;
      if (bytes > MAX_DIRECTORY_BYTES)
        throw new MalformedFile('Its zip directory is far too large.');
      entries.push(asZipEntry(entry));
    }
  } catch (error) {
    throw asMalformed(error);
  }
  return entries;
}

/** An entry's bytes, unpacked and verified as they come. Throws {@link MalformedFile}. */
export async function* entryChunks(
  source: ByteSource,
  entry: ZipEntry,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  yield* unpacked(chunksOf(await packedSource(source, entry), signal), entry);
}

/** An entry's bytes as they lie in the zip, at any place. Throws {@link MalformedFile}. */
export async function packedSource(source: ByteSource, entry: ZipEntry): Promise<ByteSource> {
  assertReadable(entry.name, entry);
  if (entry.method === 0 && entry.packedSize !== entry.size) {
    throw new MalformedFile(
      `${entry.name} is stored, but declares ${entry.packedSize} bytes packed and ${entry.size} unpacked.`,
    );
  }
  const header = await readBytes(source, entry.headerOffset, LOCAL_HEADER_BYTES);
  const nameLength = header.readUInt16LE(26);
  const nameStart = entry.headerOffset + LOCAL_HEADER_BYTES;
  if (header.readUInt32LE(0) !== LOCAL_HEADER_SIGNATURE) {
    throw new MalformedFile(`${entry.name} does not begin where the zip's directory says.`);
  }
  if (!entry.rawName.equals(await readBytes(source, nameStart, nameLength))) {
    throw new MalformedFile(
      `${entry.name} has another name in its own header than in the zip's directory.`,
    );
  }
  return sliceOf(source, nameStart + nameLength + header.readUInt16LE(28), entry.packedSize);
}

function asZipEntry(entry: Entry): ZipEntry {
  const { fileNameRaw, generalPurposeBitFlag, extraFields, externalFileAttributes } = entry;
  const hasMode = [HOST_UNIX, HOST_MACOS].includes(entry.versionMadeBy >>> 8);
  return {
    name: getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, true),
    rawName: fileNameRaw,
    method: entry.compressionMethod,
    encrypted: entry.isEncrypted(),
    size: entry.uncompressedSize,
    packedSize: entry.compressedSize,
    crc32: entry.crc32,
    headerOffset: entry.relativeOffsetOfLocalHeader,
    mode: hasMode ? externalFileAttributes >>> 16 : undefined,
  };
}

function asMalformed(error: unknown): unknown {
  if (error instanceof MalformedFile || !(error instanceof Error) || 'code' in error) return error;
  if (error.message.startsWith('End of central directory')) {
    return new MalformedFile('It is not a zip file, or it is cut off.', { cause: error });
  }
  return new MalformedFile(`Its zip directory is damaged (${error.message}).`, { cause: error });
}

/** Reads for yauzl, which asks for a few bytes at a time, out of a window that moves along. */
class WindowedReader extends RandomAccessReader {
  readonly #source: ByteSource;
  #window: Buffer = Buffer.alloc(0);
  #start = 0;

  constructor(source: ByteSource) {
    super();
    this.#source = source;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    this.#copy(buffer, offset, length, position).then(() => callback(null), callback);
  }

  async #copy(into: Buffer, offset: number, length: number, position: number): Promise<void> {
    const end = this.#start + this.#window.length;
    if (position < this.#start || position + length > end) {
      const wanted = Math.min(Math.max(length, WINDOW_BYTES), this.#source.size - position);
      this.#window = await readBytes(this.#source, position, Math.max(length, wanted));
      this.#start = position;
    }
    this.#window.copy(into, offset, position - this.#start, position - this.#start + length);
  }
}

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
