import { quoted } from '../progress/visible.ts';
import { Pace } from '../turn.ts';
import { type ByteSource, chunksOf, readBytes, sliceOf } from './byte-source.ts';
import { assertReadable, type Contents, unpacked } from './inflate.ts';
import { MalformedFile } from './malformed.ts';
import {
  ENCRYPTED_FLAG,
  REFUSED_FLAGS,
  readZipDirectory,
  SIZES_FOLLOW_FLAG,
  type ZipDirectory,
  type ZipEntry,
  type ZipLimits,
} from './zip-directory.ts';
import { decodeUtf8, type ExtraFields, readExtraFields, UTF8_FLAG } from './zip-names.ts';

/** An entry of a zip, and where its data begins. */
export interface PlacedEntry extends ZipEntry {
  readonly dataOffset: number;
}

/** What stands before an entry's data, too. */
export interface LocalHeader extends Contents {
  readonly rawName: Buffer;
  readonly flags: number;
  /** Sizes and checksum follow the data; here they are 0, or the same. */
  readonly sizesFollow: boolean;
  /** Of the whole header, with name and extra fields. */
  readonly bytes: number;
  readonly extra: ExtraFields;
}

/** The first four bytes of a local header. */
export const LOCAL_HEADER_SIGNATURE = 0x04034b50;
/** Bytes of a local header before its name. */
export const LOCAL_HEADER_BYTES = 30;
const DESCRIPTOR_SIGNATURE = 0x08074b50;
/** Bytes of what follows an entry's data: three values of 4 or (but for the checksum) 8, signed or not. */
const DESCRIPTOR_BYTES = [12, 16, 20, 24];
export const MAX_DESCRIPTOR_BYTES = 24;
const IN_ZIP64 = 0xffffffff;
const SHARED_FLAGS = ENCRYPTED_FLAG | SIZES_FOLLOW_FLAG | UTF8_FLAG | REFUSED_FLAGS;

/**
 * The entries of the zip in `source`, in the order of its directory. They cover the file: each begins
 * where another ends, and what stands before its data says the same as the directory, so that
 * whoever reads from the start finds what others find from the end.
 * @throws MalformedFile
 */
export async function readZip(
  source: ByteSource,
  limits: ZipLimits,
  signal?: AbortSignal,
): Promise<readonly PlacedEntry[]> {
  const directory = await readZipDirectory(source, limits, signal);
  const ends = entryEnds(directory);
  const window = new Window(source);
  const offsets = new Map<ZipEntry, number>();
  const pace = new Pace(signal);
  for (const [entry, end] of ends) {
    if (pace.isDue) await pace.turn();
    const { headerOffset, packedSize } = entry;
    const fixed = await window.read(headerOffset, LOCAL_HEADER_BYTES);
    if (fixed.readUInt32LE(0) !== LOCAL_HEADER_SIGNATURE) throw misplaced(entry);
    const length = localHeaderBytes(fixed);
    if (headerOffset + length + packedSize > end) throw misplaced(entry);
    const header = parseLocalHeader(await window.read(headerOffset, length));
    assertSame(header, entry);
    const dataOffset = headerOffset + length;
    const rest = end - dataOffset - packedSize;
    if (header.sizesFollow && DESCRIPTOR_BYTES.includes(rest)) {
      assertDescriptor(await window.read(end - rest, rest), entry);
    } else if (rest !== 0) throw misplaced(entry);
    offsets.set(entry, dataOffset);
  }
  const placed: PlacedEntry[] = [];
  for (const entry of directory.entries) {
    if (pace.isDue) await pace.turn();
    placed.push({ ...entry, dataOffset: offsets.get(entry) as number });
  }
  return placed;
}

/**
 * Each entry in the order of the file, and where the next begins, or for the last the directory.
 * @throws MalformedFile where the first is not at the start, or two lie over each other
 */
export function entryEnds({ entries, start }: ZipDirectory): ReadonlyMap<ZipEntry, number> {
  const inOrder = [...entries].sort((a, b) => a.headerOffset - b.headerOffset);
  const ends = inOrder.map((entry, at) => [entry, inOrder[at + 1]?.headerOffset ?? start] as const);
  if ((inOrder[0]?.headerOffset ?? start) !== 0) {
    throw new MalformedFile('Something stands before the first entry of the zip.');
  }
  for (const [entry, end] of ends) {
    const { headerOffset, rawName, packedSize } = entry;
    if (headerOffset + LOCAL_HEADER_BYTES + rawName.length + packedSize > end) {
      throw misplaced(entry);
    }
  }
  return new Map(ends);
}

function misplaced({ name }: ZipEntry): MalformedFile {
  return new MalformedFile(
    `${quoted(name)} does not lie in the zip from where its directory says to where the next entry begins.`,
  );
}

/** Bytes of a local header with its name and extra fields. */
export function localHeaderBytes(fixed: Buffer): number {
  return LOCAL_HEADER_BYTES + fixed.readUInt16LE(26) + fixed.readUInt16LE(28);
}

/**
 * Reads a whole local header. Throws {@link MalformedFile}.
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.7 and 4.5.3
 */
export function parseLocalHeader(header: Buffer): LocalHeader {
  const flags = header.readUInt16LE(6);
  const extraAt = LOCAL_HEADER_BYTES + header.readUInt16LE(26);
  const extra = readExtraFields(header.subarray(extraAt));
  const { zip64 } = extra;
  let used = 0;
  const length = (at: number): number => {
    const short = header.readUInt32LE(at);
    if (short !== IN_ZIP64) return short;
    used += 8;
    if (zip64 === undefined || zip64.length < used) {
      throw new MalformedFile('An entry has extra fields that are damaged.');
    }
    return Number(zip64.readBigUInt64LE(used - 8));
  };
  return {
    flags,
    extra,
    rawName: Buffer.from(header.subarray(LOCAL_HEADER_BYTES, extraAt)),
    method: header.readUInt16LE(8),
    encrypted: (flags & ENCRYPTED_FLAG) !== 0,
    sizesFollow: (flags & SIZES_FOLLOW_FLAG) !== 0,
    crc32: header.readUInt32LE(14),
    size: length(22),
    packedSize: length(18),
    bytes: header.length,
  };
}

/** Throws {@link MalformedFile} unless an entry's own header and the zip's directory say the same. */
export function assertSame(header: LocalHeader, entry: ZipEntry): void {
  const { unicodePath } = header.extra;
  const isPathSame =
    unicodePath === undefined ||
    unicodePath.equals(header.rawName) ||
    decodeUtf8(unicodePath) === entry.name;
  const isSame =
    isPathSame &&
    header.rawName.equals(entry.rawName) &&
    (header.flags & SHARED_FLAGS) === (entry.flags & SHARED_FLAGS) &&
    header.method === entry.method &&
    (['size', 'packedSize', 'crc32'] as const).every(
      (key) => header[key] === entry[key] || (header.sizesFollow && header[key] === 0),
    );
  if (isSame) return;
  throw new MalformedFile(
    `${quoted(entry.name)} is described differently at its place and in the zip's directory.`,
  );
}

/** Throws {@link MalformedFile} unless what follows an entry's data are its sizes (APPNOTE 4.3.9). */
export function assertDescriptor(descriptor: Buffer, entry: ZipEntry): void {
  const isSigned = descriptor.length % 8 === 0;
  const values = descriptor.subarray(isSigned ? 4 : 0);
  const isLong = values.length === 20;
  const isSame =
    DESCRIPTOR_BYTES.includes(descriptor.length) &&
    (!isSigned || descriptor.readUInt32LE(0) === DESCRIPTOR_SIGNATURE) &&
    values.readUInt32LE(0) === entry.crc32 &&
    (isLong ? Number(values.readBigUInt64LE(4)) : values.readUInt32LE(4)) === entry.packedSize &&
    (isLong ? Number(values.readBigUInt64LE(12)) : values.readUInt32LE(8)) === entry.size;
  if (!isSame) throw misplaced(entry);
}

/** An entry's bytes, unpacked and verified as they come. Throws {@link MalformedFile}. */
export async function* entryChunks(
  source: ByteSource,
  entry: PlacedEntry,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  yield* unpacked(chunksOf(packedSource(source, entry), signal), entry);
}

/** An entry's bytes as they lie in the zip, at any place. Throws {@link MalformedFile}. */
export function packedSource(source: ByteSource, entry: PlacedEntry): ByteSource {
  assertReadable(entry.name, entry);
  if (entry.method === 0 && entry.packedSize !== entry.size) {
    throw new MalformedFile(
      `${entry.name} is stored, but declares ${entry.packedSize} bytes packed and ${entry.size} unpacked.`,
    );
  }
  return sliceOf(source, entry.dataOffset, entry.packedSize);
}

const WINDOW_BYTES = 64 * 1024;

/** Reads a few bytes at a time, from the start to the end of a file, out of a window that moves along. */
class Window {
  readonly #source: ByteSource;
  #bytes: Buffer = Buffer.alloc(0);
  #start = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** Valid until the next call. Throws {@link MalformedFile} past the end. */
  async read(position: number, length: number): Promise<Buffer> {
    if (position < this.#start || position + length > this.#start + this.#bytes.length) {
      const wanted = Math.min(Math.max(length, WINDOW_BYTES), this.#source.size - position);
      this.#bytes = await readBytes(this.#source, position, Math.max(length, wanted));
      this.#start = position;
    }
    const at = position - this.#start;
    return this.#bytes.subarray(at, at + length);
  }
}
