import { type ByteSource, readBytes } from './byte-source.ts';
import { MalformedFile } from './malformed.ts';
import { type ByteStream, streamedMembers } from './npz-stream.ts';
import { entryChunks, readZipDirectory, type ZipEntry } from './zip.ts';

/** An npz: to be read at any place, or only from its start on (deflated inside another zip). */
export type NpzFile = ByteSource | ByteStream;

/** One array of an npz. */
export interface NpzMember {
  /** Without `.npy`. */
  readonly name: string;
  /** In bytes, header included, as the zip declares it. */
  readonly size: number;
  /** The array's bytes, unpacked; verified once they are read to their end. */
  chunks(): AsyncGenerator<Uint8Array, void, void>;
}

const MAX_MEMBERS = 10_000;
const NPY_MAGIC = '\x93NUMPY';
const PICKLE_PROTOCOL = 0x80;

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
  const start = await readBytes(source, 0, Math.min(NPY_MAGIC.length, source.size));
  assertZipStart(start);
}

/** Says what a file is instead, from its first bytes. Throws {@link MalformedFile} unless a zip. */
export function assertZipStart(start: Buffer): void {
  if (start.length === 0) throw new MalformedFile('It is empty.');
  if (start.subarray(0, 2).toString('latin1') === 'PK') return;
  if (start.toString('latin1').startsWith(NPY_MAGIC)) {
    throw new MalformedFile('It is a single .npy array, not an npz.', {
      fix: 'numpy.savez(file, video_ids=…, timestamps=…, features=…)',
    });
  }
  if (start[0] === PICKLE_PROTOCOL) {
    throw new MalformedFile('It is a pickle, not an npz; pickles are never loaded.', {
      fix: 'numpy.savez(file, video_ids=…, timestamps=…, features=…)',
    });
  }
  throw new MalformedFile('It is not an npz (a zip of numpy arrays).');
}
