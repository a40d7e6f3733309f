import { ByteCursor } from './byte-cursor.ts';
import { type ByteSource, type ByteStream, readBytes } from './byte-source.ts';
import { inflated, verified } from './inflate.ts';
import { MalformedFile } from './malformed.ts';
import {
  entryChunks,
  LOCAL_HEADER_SIGNATURE,
  type LocalHeader,
  readLocalHeader,
  readZipDirectory,
  skipDescriptor,
  type ZipEntry,
} from './zip.ts';

/** An npz: to be read at any place, or only from its start on (deflated inside another zip). */
export type NpzFile = ByteSource | ByteStream;

/**
 * The arrays called `wanted` that are in `file`, in the order of their bytes. Read a member before
 * asking for the next. Throws {@link MalformedFile} where `file` is no npz, is damaged or cut off.
 */
export async function* npzMembers(
  file: NpzFile,
  wanted: readonly string[],
  signal?: AbortSignal,
): AsyncGenerator<NpzMember, void, void> {
  const names = new Set(wanted.map((name) => `${name}.npy`));
  const members =
    'read' in file ? memberAnywhere(file, names, signal) : streamedMembers(file, names, signal);
  const seen = new Set<string>();
  for await (const member of members) {
    if (seen.has(member.name)) throw new MalformedFile(`It holds ${member.name} more than once.`);
    seen.add(member.name);
    yield { ...member, name: member.name.slice(0, -'.npy'.length) };
  }
}

async function* memberAnywhere(
  source: ByteSource,
  names: ReadonlySet<string>,
  signal: AbortSignal | undefined,
): AsyncGenerator<NpzMember, void, void> {
  await assertZip(source);
  const entries = await readZipDirectory(source, MAX_MEMBERS);
  const byPlace = (a: ZipEntry, b: ZipEntry) => a.headerOffset - b.headerOffset;
  for (const entry of entries.filter(({ name }) => names.has(name)).sort(byPlace)) {
    yield {
      name: entry.name,
      size: entry.size,
      chunks: () => entryChunks(source, entry, signal),
    };
  }
}

async function assertZip(source: ByteSource): Promise<void> {
  const start = await readBytes(source, 0, Math.min(4, source.size));
  assertZipStart(start);
}

/** One array of an npz. */
export interface NpzMember {
  /** Without `.npy`. */
  readonly name: string;
  /** In bytes, header included, as the zip declares it. */
  readonly size: number;
  /** The array's bytes, unpacked; verified once they are read to their end. */
  chunks(): AsyncGenerator<Uint8Array, void, void>;
}

/** More than this in an npz are not looked at; three are needed. */
const MAX_MEMBERS = 10_000;
const NPY_START = '\x93NUM';
const PICKLE_PROTOCOL = 0x80;
const SAVEZ = 'numpy.savez(file, video_ids=…, timestamps=…, features=…)';

/** Says what a file is instead, from its first four bytes. Throws {@link MalformedFile} unless a zip. */
function assertZipStart(start: Buffer): void {
  if (start.length === 0) throw new MalformedFile('It is empty.');
  if (start.subarray(0, 2).toString('latin1') === 'PK') return;
  if (start.toString('latin1').startsWith(NPY_START)) {
    throw new MalformedFile('It is a single .npy array, not an npz.', { fix: SAVEZ });
  }
  if (start[0] === PICKLE_PROTOCOL) {
    throw new MalformedFile('It is a pickle, not an npz; pickles are never loaded.', {
      fix: SAVEZ,
    });
  }
  throw new MalformedFile('It is not an npz (a zip of numpy arrays).');
}

/** More than this after the last array is no zip directory that numpy would have written. */
const MAX_TAIL_BYTES = 4 * 1024 * 1024;

type Seen = Map<number, LocalHeader>;

/**
 * The entries called `names` of an npz that is read once, from its start to its end, and held at the
 * end to its central directory, from which numpy reads. Throws {@link MalformedFile}.
 */
async function* streamedMembers(
  stream: ByteStream,
  names: ReadonlySet<string>,
  signal: AbortSignal | undefined,
): AsyncGenerator<NpzMember, void, void> {
  const cursor = new ByteCursor(stream.chunks(signal));
  const seen: Seen = new Map();
  let directory: ReadonlyMap<number, ZipEntry> | undefined;
  try {
    let signature = await cursor.takeUpTo(4);
    assertZipStart(signature);
    while (isLocalHeader(signature)) {
      const offset = cursor.position - 4;
      let header = await readLocalHeader(cursor);
      if (header.sizesFollow) {
        directory ??= await directoryOf(stream, signal);
        header = completed(header, offset, directory);
      }
      seen.set(offset, header);
      if (seen.size > MAX_MEMBERS) throw new MalformedFile('It holds far too many arrays.');
      const end = cursor.position + header.packedSize;
      const name = header.rawName.toString('utf8');
      if (names.has(name)) yield { name, size: header.size, chunks: () => body(cursor, header) };
      await skip(cursor, end - cursor.position);
      if (header.sizesFollow) await skipDescriptor(cursor, header.zip64);
      signature = await cursor.takeUpTo(4);
    }
    await assertDirectory(cursor, signature, stream.size, seen);
  } finally {
    await cursor.close();
  }
}

function isLocalHeader(signature: Buffer): boolean {
  return signature.length === 4 && signature.readUInt32LE(0) === LOCAL_HEADER_SIGNATURE;
}

async function* body(
  cursor: ByteCursor,
  header: LocalHeader,
): AsyncGenerator<Uint8Array, void, void> {
  if (header.encrypted) throw new MalformedFile('It is encrypted.');
  if (header.method !== 0 && header.method !== 8) {
    throw new MalformedFile(`It is compressed by method ${header.method}, which is not read.`);
  }
  const packed = cursor.range(header.packedSize);
  yield* verified(header.method === 0 ? packed : inflated(packed, header.size), header);
}

async function skip(cursor: ByteCursor, length: number): Promise<void> {
  for await (const _ of cursor.range(length)) {
    // Nobody asked for these bytes.
  }
}

/** Headers without sizes are rare: then the stream is read twice, first for the directory. */
function completed(
  header: LocalHeader,
  offset: number,
  directory: ReadonlyMap<number, ZipEntry>,
): LocalHeader {
  const entry = directory.get(offset);
  if (entry === undefined) throw contradiction(header.rawName);
  return { ...header, size: entry.size, packedSize: entry.packedSize, crc32: entry.crc32 };
}

/** The entries of a stream's directory by the offset of their data, found by reading all of it. */
async function directoryOf(
  stream: ByteStream,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<number, ZipEntry>> {
  const start = Math.max(0, stream.size - MAX_TAIL_BYTES);
  const cursor = new ByteCursor(stream.chunks(signal));
  try {
    await skip(cursor, start);
    const tail = tailSource(await cursor.take(stream.size - start), stream.size);
    const entries = await readZipDirectory(tail, MAX_MEMBERS);
    return new Map(entries.map((entry) => [entry.headerOffset, entry]));
  } finally {
    await cursor.close();
  }
}

/** A source of `size` bytes of which only the last are at hand, enough for a directory; else zeros. */
function tailSource(tail: Buffer, size: number): ByteSource {
  const start = size - tail.length;
  return {
    size,
    async read(into, position) {
      const missing = Math.min(into.length, Math.max(0, start - position));
      into.fill(0, 0, missing);
      const from = position + missing - start;
      into.set(tail.subarray(from, from + into.length - missing), missing);
    },
  };
}

async function assertDirectory(
  cursor: ByteCursor,
  signature: Buffer,
  size: number,
  seen: Seen,
): Promise<void> {
  const left = size - cursor.position;
  if (left > MAX_TAIL_BYTES) {
    throw new MalformedFile(`It has ${left} bytes after its last array that belong to nothing.`);
  }
  const tail = Buffer.concat([signature, await cursor.take(left)]);
  // One more look makes the stream check itself to its end.
  await cursor.next();
  const directory = await readZipDirectory(tailSource(tail, size));
  for (const entry of directory) {
    if (!agree(entry, seen.get(entry.headerOffset))) throw contradiction(entry.rawName);
  }
  if (directory.length !== seen.size) throw contradiction(Buffer.from('An array'));
}

function agree(entry: ZipEntry, header: LocalHeader | undefined): boolean {
  return (
    header !== undefined &&
    entry.rawName.equals(header.rawName) &&
    entry.method === header.method &&
    entry.size === header.size &&
    entry.packedSize === header.packedSize &&
    entry.crc32 === header.crc32
  );
}

function contradiction(rawName: Buffer): MalformedFile {
  return new MalformedFile(
    `${JSON.stringify(rawName.toString('utf8'))} is described differently at its place and in the zip's directory.`,
  );
}
