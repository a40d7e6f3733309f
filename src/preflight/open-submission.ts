import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { type FileSource, openFileSource } from '../descriptors/byte-source.ts';
import { MalformedFile, NotAZip } from '../descriptors/malformed.ts';
import type { NpzFile } from '../descriptors/npz.ts';
import { entryChunks, type PlacedEntry, packedSource, readZip } from '../descriptors/zip.ts';
import { SUBMISSION_LIMITS } from '../descriptors/zip-directory.ts';
import { normalName } from '../descriptors/zip-names.ts';
import { EnvironmentError, type Finding, systemCode } from '../errors.ts';
import { listContents, type PackEntry } from '../packing/contents.ts';
import { openFile } from '../places.ts';
import { Pace } from '../turn.ts';
import { NameTree } from './name-tree.ts';
import { isFolder, isLink, isSuspicious, judgeLayout, type LayoutEntry } from './zip-layout.ts';

/** A submission that is looked at: a zip or the folder it is packed from. */
export interface OpenSubmission {
  /** What findings about the whole are filed under. */
  readonly name: string;
  /** What is wrong with the container itself. */
  readonly findings: readonly Finding[];
  /** By their names from the root, in the one spelling that all others come to. */
  readonly files: ReadonlyMap<string, SubmissionFile>;
  /** The same names, and folders, as a tree. */
  readonly tree: Pick<NameTree, 'has'>;
  close(): Promise<void>;
}

/** A file in a submission. */
export interface SubmissionFile {
  readonly name: string;
  /** In bytes, unpacked. */
  readonly size: number;
  /** False for what would be dangerous or impossible to read; there is a finding about it. */
  readonly readable: boolean;
  /** All of it; ask for small files only. Throws MalformedFile. */
  bytes(): Promise<Buffer>;
  /** The same piece by piece, from the start. Throws MalformedFile. */
  chunks(): AsyncIterable<Uint8Array>;
  /** Opens it as an npz, until the submission is closed. Throws MalformedFile. */
  npz(): Promise<NpzFile>;
}

/** How a submission is opened. */
export interface OpenOptions {
  /** Free bytes where a zip will be unpacked. */
  readonly freeBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens the zip or folder at `path`. What is wrong with a zip becomes a finding.
 * @throws EnvironmentError where there is nothing at `path`
 */
export async function openSubmission(path: string, options: OpenOptions): Promise<OpenSubmission> {
  try {
    if ((await stat(path)).isDirectory()) return await openFolder(path, options);
    return await openZip(path, await openFileSource(path), options);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    throw new EnvironmentError(`There is no ${path}.`, ['Run "vsc pack-submission".'], {
      cause: error,
    });
  }
}

async function openFolder(path: string, options: OpenOptions): Promise<OpenSubmission> {
  const opened: FileSource[] = [];
  const contents = await listContents(path, options.signal);
  const files = contents.map(
    (entry): SubmissionFile => ({
      name: entry.name,
      size: entry.bytes,
      readable: true,
      bytes: () => readFile(entry.path),
      chunks: () => fileChunks(entry.path),
      npz: async () => {
        const source = await openFileSource(entry.path);
        opened.push(source);
        return source;
      },
    }),
  );
  return {
    ...(await judged(basename(path), contents.map(asPacked), options)),
    files: new Map(files.map((file) => [file.name, file])),
    close: async () => {
      for (const source of opened) await source.close();
    },
  };
}

async function* fileChunks(path: string): AsyncIterable<Uint8Array> {
  const file = await openFile(path);
  yield* file.createReadStream({ highWaterMark: 256 * 1024 });
}

/** A file as it would be in a zip. */
function asPacked({ name, bytes }: PackEntry): LayoutEntry {
  return { name, size: bytes, packedSize: bytes, mode: 0, method: 0, encrypted: false };
}

/** What is wrong with the names and sizes of a submission, and these names as a tree. */
async function judged(
  name: string,
  entries: readonly LayoutEntry[],
  { freeBytes, signal }: OpenOptions,
): Promise<Pick<OpenSubmission, 'name' | 'findings' | 'tree'>> {
  const { findings, tree } = await judgeLayout(entries, { file: name, freeBytes }, signal);
  if (!entries.every(isFolder)) return { name, findings, tree };
  return {
    name,
    findings: [zipFinding(name, 'empty-zip', 'It has no files in it.'), ...findings],
    tree,
  };
}

async function openZip(
  path: string,
  source: FileSource,
  options: OpenOptions,
): Promise<OpenSubmission> {
  const name = basename(path);
  const close = () => source.close();
  try {
    const entries = await readZip(source, SUBMISSION_LIMITS, options.signal);
    const files = new Map<string, SubmissionFile>();
    const pace = new Pace(options.signal);
    for (const entry of entries) {
      if (pace.isDue) await pace.turn();
      if (!isFolder(entry)) files.set(normalName(entry.name), zippedFile(source, entry, options));
    }
    return { ...(await judged(name, entries, options)), files, close };
  } catch (error) {
    if (error instanceof MalformedFile) {
      const rule = error instanceof NotAZip ? 'not-a-zip' : 'damaged-zip';
      const findings = [zipFinding(name, rule, error.message)];
      return { name, findings, files: new Map(), tree: new NameTree(), close };
    }
    await source.close();
    throw error;
  }
}

function zipFinding(file: string, rule: string, message: string): Finding {
  return { severity: 'error', file, rule, message, fix: 'Pack it with "vsc pack-submission".' };
}

function zippedFile(
  source: FileSource,
  entry: PlacedEntry,
  { signal }: OpenOptions,
): SubmissionFile {
  const chunks = () => entryChunks(source, entry, signal);
  return {
    name: entry.name,
    size: entry.size,
    readable: !entry.encrypted && !isSuspicious(entry) && !isLink(entry),
    chunks,
    bytes: async () => {
      const parts: Buffer[] = [];
      for await (const chunk of chunks()) parts.push(Buffer.from(chunk));
      return Buffer.concat(parts);
    },
    npz: async () =>
      entry.method === 0
        ? { ...packedSource(source, entry), crc32: entry.crc32 }
        : { size: entry.size, chunks },
  };
}
