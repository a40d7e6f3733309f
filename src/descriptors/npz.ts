import { ByteCursor } from './byte-cursor.ts';
import { type ByteSource, type ByteStream, readBytes } from './byte-source.ts';
import { assertReadable, unpacked } from './inflate.ts';
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

/** One array of an npz. */
export interface NpzMember {
  /** Without `.npy`. */
  readonly name: string;
  /** In bytes, header included, as the zip declares it. */
  readonly size: number;
  /** The array's bytes, unpacked; verified once they are read to their end. */
  readonly cursor: ByteCursor;
}

/** More than this in an npz are not looked at; three are needed. */
const MAX_MEMBERS = 10_000;
/** More than this after the last array is no zip directory that numpy would have written. */
const MAX_TAIL_BYTES = 4 * 1024 * 1024;
const NPY_START = '\x93NUM';
const PICKLE_PROTOCOL = 0x80;
const SAVEZ = 'numpy.savez(file, video_ids=…, timestamps=…, features=…)';

/**
 * The arrays called `wanted` that are in `file`, in the order of their bytes. Read a member before
 * asking for the next, which closes it. Throws {@link MalformedFile} where `file` is no npz, is damaged
 * or cut off.
 */
export async function* npzMembers(
  file: NpzFile,
  wanted: readonly string[],
  signal?: AbortSignal,
): AsyncGenerator<NpzMember, void, void> {
  const names = new Set(wanted.map((name) => `${name}.npy`));
  const members =
    'read' in file ? membersAnywhere(file, names, signal) : membersInOrder(file, names, signal);
  const seen = new Set<string>();
  for await (const { name, size, chunks } of members) {
    if (seen.has(name)) throw new MalformedFile(`It holds ${name} more than once.`);
    seen.add(name);
    const cursor = new ByteCursor(chunks);
    try {
      yield { name: name.slice(0, -'.npy'.length), size, cursor };
    } finally {
      await cursor.close();
    }
  }
}

interface Member {
  readonly name: string;
  readonly size: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

async function* membersAnywhere(
  source: ByteSource,
  names: ReadonlySet<string>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Member, void, void> {
  assertZipStart(await readBytes(source, 0, Math.min(4, source.size)));
  const entries = await readZipDirectory(source, MAX_MEMBERS);
  const byPlace = (a: ZipEntry, b: ZipEntry) => a.headerOffset - b.headerOffset;
  for (const entry of entries.filter(({ name }) => names.has(name)).sort(byPlace)) {
    yield { name: entry.name, size: entry.size, chunks: entryChunks(source, entry, signal) };
  }
}

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

/**
 * The entries called `names` of an npz that is read once, from its start to its end, and held at the
 * end to its central directory, from which numpy reads. Throws {@link MalformedFile}.
 */
async function* membersInOrder(
  stream: ByteStream,
  names: ReadonlySet<string>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Member, void, void> {
  const cursor = new ByteCursor(stream.chunks(signal));
  const seen = new Map<number, LocalHeader>();
  let directory: ReadonlyMap<number, ZipEntry> | undefined;
  try {
    let signature = await cursor.takeUpTo(4);
    assertZipStart(signature);
    while (signature.length === 4 && signature.readUInt32LE(0) === LOCAL_HEADER_SIGNATURE) {
      const offset = cursor.position - 4;
      let header = await readLocalHeader(cursor);
      if (header.sizesFollow) {
        // Rare in what numpy writes: then the stream is read twice, first for the directory.
        directory ??= await directoryOf(stream, signal);
        const entry = directory.get(offset);
        if (entry === undefined) throw contradiction(header.rawName);
        header = { ...header, size: entry.size, packedSize: entry.packedSize, crc32: entry.crc32 };
      }
      seen.set(offset, header);
      if (seen.size > MAX_MEMBERS) throw new MalformedFile('It holds far too many arrays.');
      const end = cursor.position + header.packedSize;
      const name = header.rawName.toString('utf8');
      if (names.has(name)) yield { name, size: header.size, chunks: contentsOf(cursor, header) };
      await cursor.skip(end - cursor.position);
      if (header.sizesFollow) await skipDescriptor(cursor, header.zip64);
      signature = await cursor.takeUpTo(4);
    }
    await assertDirectory(cursor, signature, stream.size, seen);
  } finally {
    await cursor.close();
  }
}

async function* contentsOf(cursor: ByteCursor, header: LocalHeader) {
  assertReadable('It', header);
  yield* unpacked(cursor.range(header.packedSize), header);
}

/** The entries of a stream's directory by the offset of their headers, found by reading all of it. */
async function directoryOf(
  stream: ByteStream,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<number, ZipEntry>> {
  const start = Math.max(0, stream.size - MAX_TAIL_BYTES);
  const cursor = new ByteCursor(stream.chunks(signal));
  try {
    await cursor.skip(start);
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
  seen: ReadonlyMap<number, LocalHeader>,
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
    const header = seen.get(entry.headerOffset);
    const same =
      header?.rawName.equals(entry.rawName) &&
      (['method', 'size', 'packedSize', 'crc32'] as const).every(
        (key) => header[key] === entry[key],
      );
    if (!same) throw contradiction(entry.rawName);
  }
  if (directory.length !== seen.size) throw contradiction(Buffer.from('An array'));
}

function contradiction(rawName: Buffer): MalformedFile {
  return new MalformedFile(
    `${JSON.stringify(rawName.toString('utf8'))} is described differently at its place and in the zip's directory.`,
  );
}
