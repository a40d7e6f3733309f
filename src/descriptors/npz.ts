import { quoted } from '../progress/visible.ts';
import { Pace } from '../turn.ts';
import { ByteCursor } from './byte-cursor.ts';
import { type ByteSource, type ByteStream, readBytes } from './byte-source.ts';
import type { KnownPart } from './checksum.ts';
import { assertReadable, type Contents, unpacked } from './inflate.ts';
import { MalformedFile } from './malformed.ts';
import {
  assertDescriptor,
  assertSame,
  entryChunks,
  entryEnds,
  LOCAL_HEADER_BYTES,
  LOCAL_HEADER_SIGNATURE,
  type LocalHeader,
  localHeaderBytes,
  MAX_DESCRIPTOR_BYTES,
  type PlacedEntry,
  parseLocalHeader,
  readZip,
} from './zip.ts';
import { MAX_END_BYTES, NPZ_LIMITS, readZipDirectory, type ZipEntry } from './zip-directory.ts';
import { normalName } from './zip-names.ts';

/** An npz: to be read at any place, or only from its start on (deflated inside another zip). */
export type NpzFile = AnywhereNpz | ByteStream;

/** An npz that can be read at any place. */
export interface AnywhereNpz extends ByteSource {
  /** What its bytes have to come to, where something says so. A stream checks itself. */
  readonly crc32?: number;
}

/** One array of an npz. */
export interface NpzMember {
  /** Without `.npy`. */
  readonly name: string;
  /** In bytes, header included, as the zip declares it. */
  readonly size: number;
  /** The array's bytes, unpacked; verified once they are read to their end. */
  readonly cursor: ByteCursor;
  /** Where they lie in the file just as they are. */
  readonly stored?: KnownPart;
}

/** More than this after the last array is no zip directory that is read here. */
const MAX_TAIL_BYTES = NPZ_LIMITS.directoryBytes + MAX_END_BYTES;
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
  for await (const { name, chunks, ...member } of members) {
    const cursor = new ByteCursor(chunks);
    try {
      yield { ...member, name: name.slice(0, -'.npy'.length), cursor };
    } finally {
      await cursor.close();
    }
  }
}

interface Member extends Pick<NpzMember, 'name' | 'size' | 'stored'> {
  readonly chunks: AsyncIterable<Uint8Array>;
}

async function* membersAnywhere(
  source: ByteSource,
  names: ReadonlySet<string>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Member, void, void> {
  assertZipStart(await readBytes(source, 0, Math.min(4, source.size)));
  const entries = await readZip(source, NPZ_LIMITS, signal);
  refuseRepeated(entries);
  const byPlace = (a: PlacedEntry, b: PlacedEntry) => a.headerOffset - b.headerOffset;
  for (const entry of entries.filter(({ name }) => names.has(name)).sort(byPlace)) {
    const { name, size, method, dataOffset: offset, crc32 } = entry;
    const chunks = entryChunks(source, entry, signal);
    yield { name, size, chunks, ...(method === 0 && { stored: { offset, size, crc32 } }) };
  }
}

/** An array that is there twice, under whichever spelling, is another to each reader. */
function refuseRepeated(entries: readonly ZipEntry[]): void {
  const seen = new Set<string>();
  for (const { name } of entries) {
    const array = normalName(name).replace(/\.npy$/, '');
    if (seen.has(array)) throw new MalformedFile(`It holds ${quoted(array)} more than once.`);
    seen.add(array);
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
  let directory: ReadonlyMap<number, Listed> | undefined;
  try {
    const pace = new Pace(signal);
    let signature = await cursor.takeUpTo(4);
    assertZipStart(signature);
    while (signature.length === 4 && signature.readUInt32LE(0) === LOCAL_HEADER_SIGNATURE) {
      if (pace.isDue) await pace.turn();
      const offset = cursor.position - 4;
      const header = await takeLocalHeader(cursor, signature);
      let listed: Listed | undefined;
      if (header.sizesFollow) {
        // Rare in what numpy writes: then the stream is read twice, first for the directory.
        directory ??= await directoryOf(stream, signal);
        listed = directory.get(offset);
        if (listed === undefined) throw new MalformedFile('An array is not in the directory.');
        assertSame(header, listed.entry);
      }
      const contents = listed?.entry ?? header;
      seen.set(offset, header);
      if (seen.size > NPZ_LIMITS.entries) throw new MalformedFile('It holds far too many arrays.');
      const dataEnd = cursor.position + contents.packedSize;
      const name = header.rawName.toString('utf8');
      if (names.has(name)) {
        yield { name, size: contents.size, chunks: contentsOf(cursor, contents) };
      }
      await cursor.skip(dataEnd - cursor.position);
      if (listed !== undefined && listed.end > dataEnd) {
        const rest = Math.min(listed.end - dataEnd, MAX_DESCRIPTOR_BYTES + 1);
        assertDescriptor(await cursor.take(rest), listed.entry);
      }
      signature = await cursor.takeUpTo(4);
    }
    await assertDirectory(cursor, signature, stream.size, seen, signal);
  } finally {
    await cursor.close();
  }
}

/** Takes a whole local header of which the signature has been taken. */
async function takeLocalHeader(cursor: ByteCursor, signature: Buffer): Promise<LocalHeader> {
  const fixed = Buffer.concat([signature, await cursor.take(LOCAL_HEADER_BYTES - 4)]);
  const rest = await cursor.take(localHeaderBytes(fixed) - LOCAL_HEADER_BYTES);
  return parseLocalHeader(Buffer.concat([fixed, rest]));
}

async function* contentsOf(cursor: ByteCursor, contents: Contents) {
  assertReadable('It', contents);
  yield* unpacked(cursor.range(contents.packedSize), contents);
}

/** An entry of the directory, and where what follows it begins. */
interface Listed {
  readonly entry: ZipEntry;
  readonly end: number;
}

/** The entries of a stream's directory by the offset of their headers, found by reading all of it. */
async function directoryOf(
  stream: ByteStream,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<number, Listed>> {
  const start = Math.max(0, stream.size - MAX_TAIL_BYTES);
  const cursor = new ByteCursor(stream.chunks(signal));
  try {
    await cursor.skip(start);
    const tail = tailSource(await cursor.take(stream.size - start), stream.size);
    const ends = entryEnds(await readZipDirectory(tail, NPZ_LIMITS, signal));
    return new Map([...ends].map(([entry, end]) => [entry.headerOffset, { entry, end }]));
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
  signal: AbortSignal | undefined,
): Promise<void> {
  const start = cursor.position - signature.length;
  if (size - start > MAX_TAIL_BYTES) {
    throw new MalformedFile(
      `It has ${size - start} bytes after its last array that belong to nothing.`,
    );
  }
  const tail = Buffer.concat([signature, await cursor.take(size - cursor.position)]);
  // One more look makes the stream check itself to its end.
  await cursor.next();
  const directory = await readZipDirectory(tailSource(tail, size), NPZ_LIMITS, signal);
  refuseRepeated(directory.entries);
  for (const entry of entryEnds(directory).keys()) {
    const header = seen.get(entry.headerOffset);
    if (header === undefined) throw new MalformedFile('An array is not where its directory says.');
    assertSame(header, entry);
  }
  if (directory.start !== start || directory.entries.length !== seen.size) {
    throw new MalformedFile('It holds arrays that are not in its directory.');
  }
}
