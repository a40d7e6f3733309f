import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { type FileSource, openFileSource } from '../descriptors/byte-source.ts';
import { MalformedFile } from '../descriptors/malformed.ts';
import type { NpzFile } from '../descriptors/npz.ts';
import { entryChunks, packedSource, readZipDirectory, type ZipEntry } from '../descriptors/zip.ts';
import { EnvironmentError, type Finding, systemCode } from '../errors.ts';
import { listContents } from '../packing/contents.ts';
import { lookForFile } from '../places.ts';
import { isFolder, isLink, isSuspicious, layoutFindings } from './zip-layout.ts';

/** A submission that is looked at: a zip or the folder it is packed from. */
export interface OpenSubmission {
  /** What findings about the whole are filed under. */
  readonly name: string;
  /** What is wrong with the container itself. */
  readonly findings: readonly Finding[];
  readonly files: ReadonlyMap<string, SubmissionFile>;
  /** Folders that are entries of their own, without the slash. */
  readonly folders: ReadonlySet<string>;
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
    if ((await stat(path)).isDirectory()) return await openFolder(path, options.signal);
    await lookForFile(path);
    return await openZip(path, await openFileSource(path), options);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    throw new EnvironmentError(`There is no ${path}.`, ['Run "vsc pack-submission".'], {
      cause: error,
    });
  }
}

async function openFolder(path: string, signal: AbortSignal | undefined): Promise<OpenSubmission> {
  const opened: FileSource[] = [];
  const files = (await listContents(path, signal)).map(
    (entry): SubmissionFile => ({
      name: entry.name,
      size: entry.bytes,
      readable: true,
      bytes: () => readFile(entry.path),
      npz: async () => {
        const source = await openFileSource(entry.path);
        opened.push(source);
        return source;
      },
    }),
  );
  return {
    name: basename(path),
    findings: [],
    files: new Map(files.map((file) => [file.name, file])),
    folders: new Set(),
    close: async () => {
      for (const source of opened) await source.close();
    },
  };
}

async function openZip(
  path: string,
  source: FileSource,
  options: OpenOptions,
): Promise<OpenSubmission> {
  const name = basename(path);
  const zip = { name, files: new Map(), folders: new Set<string>(), close: () => source.close() };
  try {
    const entries = await readZipDirectory(source);
    const facts = { file: name, zipBytes: source.size, freeBytes: options.freeBytes };
    const files = entries.filter((entry) => !isFolder(entry));
    const none = zipFinding(name, 'empty-zip', 'It has no files in it.');
    return {
      ...zip,
      findings: [...(files.length > 0 ? [] : [none]), ...layoutFindings(entries, facts)],
      files: new Map(files.map((entry) => [entry.name, zippedFile(source, entry, options)])),
      folders: new Set(entries.filter(isFolder).map((entry) => entry.name.replace(/\/+$/, ''))),
    };
  } catch (error) {
    if (error instanceof MalformedFile) {
      return { ...zip, findings: [zipFinding(name, 'not-a-zip', error.message)] };
    }
    await source.close();
    throw error;
  }
}

function zipFinding(file: string, rule: string, message: string): Finding {
  return { severity: 'error', file, rule, message, fix: 'Pack it with "vsc pack-submission".' };
}

function zippedFile(source: FileSource, entry: ZipEntry, { signal }: OpenOptions): SubmissionFile {
  const chunks = () => entryChunks(source, entry, signal);
  return {
    name: entry.name,
    size: entry.size,
    readable: !entry.encrypted && !isSuspicious(entry) && !isLink(entry),
    bytes: async () => {
      const parts: Buffer[] = [];
      for await (const chunk of chunks()) parts.push(Buffer.from(chunk));
      return Buffer.concat(parts);
    },
    // A stored npz is read in place; the checksums of its own arrays stand in for the zip's.
    npz: async () =>
      entry.method === 0 ? packedSource(source, entry) : { size: entry.size, chunks },
  };
}
