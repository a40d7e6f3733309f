import { type ByteSource, type ByteStream, readBytes } from './byte-source.ts';
import { MalformedFile } from './malformed.ts';
import { assertZipStart, MAX_MEMBERS, type NpzMember } from './npz-member.ts';
import { streamedMembers } from './npz-stream.ts';
import { entryChunks, readZipDirectory, type ZipEntry } from './zip.ts';

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
