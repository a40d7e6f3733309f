import { Pace } from '../turn.ts';
import { maxEntries } from '../walk.ts';
import { type ByteSource, readBytes } from './byte-source.ts';
import type { Contents } from './inflate.ts';
import { MalformedFile, NotAZip } from './malformed.ts';
import { decodeName, type ExtraFields, readExtraFields } from './zip-names.ts';

/** An entry of a zip's central directory. */
export interface ZipEntry extends Contents {
  /** Decoded, otherwise as it stands there; folders end in `/`. */
  readonly name: string;
  readonly rawName: Buffer;
  /** General purpose bit flags (APPNOTE 4.4.4). */
  readonly flags: number;
  readonly headerOffset: number;
  /** The Unix `st_mode`; 0 where whoever made the zip has none. */
  readonly mode: number;
}

/** A central directory, and where it begins: the entries' data ends there. */
export interface ZipDirectory {
  readonly entries: readonly ZipEntry[];
  readonly start: number;
}

/** How large a zip may be: larger ones are no submissions, and would only fill the memory. */
export interface ZipLimits {
  readonly entries: number;
  /** Bytes of the central directory. */
  readonly directoryBytes: number;
}

/** What a submission may have. */
export const SUBMISSION_LIMITS: ZipLimits = {
  entries: maxEntries,
  directoryBytes: 16 * 2 ** 20,
};
/** What an npz may have; three arrays are needed. */
export const NPZ_LIMITS: ZipLimits = { entries: 10_000, directoryBytes: 4 * 2 ** 20 };

const END = { signature: 'PK\x05\x06', bytes: 22 };
const END64 = { signature: 'PK\x06\x06', bytes: 56, declaredBytes: 44 };
const LOCATOR = { signature: 'PK\x06\x07', bytes: 20 };
const RECORD = { signature: 0x02014b50, bytes: 46 };
const MAX_COMMENT_BYTES = 0xffff;
/** Bytes that may stand behind a central directory at most. */
export const MAX_END_BYTES = END64.bytes + LOCATOR.bytes + END.bytes + MAX_COMMENT_BYTES;

/** Stand for a value that is in the zip64 record or field instead. */
const IN_ZIP64 = { 2: 0xffff, 4: 0xffffffff } as const;

/** Of the flags, what no two readers have to agree on: patches, strong encryption, a masked directory. */
export const REFUSED_FLAGS = 0x2060;
export const ENCRYPTED_FLAG = 0x1;
export const SIZES_FOLLOW_FLAG = 0x8;

/**
 * The central directory of the zip in `source`, zip64 too, read so that no other reader can find
 * another one: the end record is the last thing in the file, the directory lies right before it, and
 * all that is said twice is said alike. `runtime/vsc_runtime/zip_directory.py` is the same rule in Python.
 * @throws MalformedFile where it is not a zip, is cut off or contradicts itself
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3
 */
export async function readZipDirectory(
  source: ByteSource,
  limits: ZipLimits,
  signal?: AbortSignal,
): Promise<ZipDirectory> {
  const end = await readEnd(source);
  if (end.entries > limits.entries) {
    throw new MalformedFile(`It has ${end.entries} entries; at most ${limits.entries} are read.`);
  }
  if (end.size > limits.directoryBytes) {
    const sizes = `${end.size} bytes; at most ${limits.directoryBytes} are read`;
    throw new MalformedFile(`Its zip directory has ${sizes}.`);
  }
  if (end.offset + end.size !== end.position) {
    throw new MalformedFile('Its zip directory does not end where its end record begins.');
  }
  const bytes = await readBytes(source, end.offset, end.size);
  const entries: ZipEntry[] = [];
  const pace = new Pace(signal);
  for (let at = 0; at < bytes.length; ) {
    const { entry, length } = readRecord(bytes, at);
    entries.push(entry);
    at += length;
    if (entries.length > end.entries) break;
    if (pace.isDue) await pace.turn();
  }
  if (entries.length !== end.entries) {
    throw new MalformedFile(`Its zip directory has not the ${end.entries} entries it declares.`);
  }
  return { entries, start: end.offset };
}

/** Where the directory is, by the end record or the zip64 one. */
interface End {
  readonly entries: number;
  readonly size: number;
  readonly offset: number;
  /** Where the first of the end records begins. */
  readonly position: number;
}

async function readEnd(source: ByteSource): Promise<End> {
  const start = Math.max(0, source.size - MAX_END_BYTES);
  const tail = await readBytes(source, start, source.size - start);
  const at = tail.lastIndexOf(END.signature, undefined, 'latin1');
  if (at === -1) throw new NotAZip('It is not a zip file, or it is cut off.');
  const end = at + END.bytes;
  const whole = end > tail.length ? end : end + tail.readUInt16LE(at + 20);
  if (whole > tail.length) throw new NotAZip('It is not a zip file, or it is cut off.');
  if (whole < tail.length) {
    throw new MalformedFile('Something follows the end record of the zip, or hides another one.');
  }
  const short = {
    disk: tail.readUInt16LE(at + 4),
    directoryDisk: tail.readUInt16LE(at + 6),
    diskEntries: tail.readUInt16LE(at + 8),
    entries: tail.readUInt16LE(at + 10),
    size: tail.readUInt32LE(at + 12),
    offset: tail.readUInt32LE(at + 16),
  };
  const long = readEnd64(tail, at, start);
  const found = { position: start + at, ...short, ...long };
  for (const [name, value] of Object.entries(short) as [keyof typeof short, number][]) {
    const marker = name === 'size' || name === 'offset' ? IN_ZIP64[4] : IN_ZIP64[2];
    const isSame = value === found[name] && (long !== undefined || value !== marker);
    if (isSame || (long !== undefined && value === marker)) continue;
    throw new MalformedFile('Its end record and its zip64 record do not say the same.');
  }
  if (found.disk !== 0 || found.directoryDisk !== 0 || found.diskEntries !== found.entries) {
    throw new MalformedFile('It is a part of a zip of several files.');
  }
  return found;
}

/** The zip64 end record, where the end record at `at` has a locator of one before it. */
function readEnd64(tail: Buffer, at: number, start: number) {
  const locator = at - LOCATOR.bytes;
  const record = locator - END64.bytes;
  if (locator < 0 || !startsWith(tail, locator, LOCATOR.signature)) return undefined;
  const isThere =
    record >= 0 &&
    startsWith(tail, record, END64.signature) &&
    readLength(tail, record + 4) === END64.declaredBytes &&
    tail.readUInt32LE(locator + 4) === 0 &&
    readLength(tail, locator + 8) === start + record &&
    tail.readUInt32LE(locator + 16) === 1;
  if (!isThere) throw new MalformedFile('Its zip64 records are damaged.');
  return {
    disk: tail.readUInt32LE(record + 16),
    directoryDisk: tail.readUInt32LE(record + 20),
    diskEntries: readLength(tail, record + 24),
    entries: readLength(tail, record + 32),
    size: readLength(tail, record + 40),
    offset: readLength(tail, record + 48),
    position: start + record,
  };
}

function startsWith(bytes: Buffer, at: number, signature: string): boolean {
  return bytes.toString('latin1', at, at + signature.length) === signature;
}

/** A 64-bit number; what doubles can't hold is beyond every file too. */
function readLength(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at));
}

function readRecord(bytes: Buffer, at: number): { entry: ZipEntry; length: number } {
  const nameAt = at + RECORD.bytes;
  if (nameAt > bytes.length || bytes.readUInt32LE(at) !== RECORD.signature) throw damaged();
  const extraAt = nameAt + bytes.readUInt16LE(at + 28);
  const commentAt = extraAt + bytes.readUInt16LE(at + 30);
  const end = commentAt + bytes.readUInt16LE(at + 32);
  if (end > bytes.length) throw damaged();
  const flags = bytes.readUInt16LE(at + 8);
  if ((flags & REFUSED_FLAGS) !== 0) {
    throw new MalformedFile('An entry has features of zip that not every reader knows.');
  }
  const rawName = Buffer.from(bytes.subarray(nameAt, extraAt));
  const extra = readExtraFields(bytes.subarray(extraAt, commentAt));
  const short = {
    size: bytes.readUInt32LE(at + 24),
    packedSize: bytes.readUInt32LE(at + 20),
    headerOffset: bytes.readUInt32LE(at + 42),
  };
  const disk = bytes.readUInt16LE(at + 34);
  const entry: ZipEntry = {
    name: decodeName(rawName, { flags, madeBy: bytes.readUInt8(at + 5), extra }),
    rawName,
    flags,
    method: bytes.readUInt16LE(at + 10),
    encrypted: (flags & ENCRYPTED_FLAG) !== 0,
    crc32: bytes.readUInt32LE(at + 16),
    mode: bytes.readUInt16LE(at + 40),
    ...withZip64(short, disk, extra),
  };
  return { entry, length: end - at };
}

/** Sizes and offset of an entry; those that do not fit are in its zip64 field, in this order (APPNOTE 4.5.3). */
function withZip64<Name extends string>(
  short: Readonly<Record<Name, number>>,
  disk: number,
  { zip64 }: ExtraFields,
): Record<Name, number> {
  const names = (Object.keys(short) as Name[]).filter((name) => short[name] === IN_ZIP64[4]);
  const needed = 8 * names.length + (disk === IN_ZIP64[2] ? 4 : 0);
  const isWhole = needed === 0 || zip64?.length === needed;
  if (!isWhole || (disk !== 0 && !(disk === IN_ZIP64[2] && zip64?.readUInt32LE(needed - 4) === 0)))
    throw damaged();
  const values = names.map((name, index) => [name, readLength(zip64 as Buffer, 8 * index)]);
  return { ...short, ...Object.fromEntries(values) };
}

function damaged(): MalformedFile {
  return new MalformedFile('Its zip directory is damaged.');
}
