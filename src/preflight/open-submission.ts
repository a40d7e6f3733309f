import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { type FileSource, openFileSource } from '../descriptors/byte-source.ts';
import { MalformedFile } from '../descriptors/malformed.ts';
import type { NpzFile } from '../descriptors/npz.ts';
import { entryChunks, packedSource, readZipDirectory, type ZipEntry } from '../descriptors/zip.ts';
import { EnvironmentError, type Finding, systemCode } from '../errors.ts';
import { listContents } from '../packing/contents.ts';
import { isFolder, isSuspicious, layoutFindings } from './zip-layout.ts';

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
  /** Opens it as an npz. Throws MalformedFile. */
  npz(): Promise<OpenNpz>;
}

/** An npz, open. */
export interface OpenNpz {
  readonly file: NpzFile;
  close(): Promise<void>;
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
    if ((await stat(path)).isDirectory()) return await openFolder(path);
    return await openZip(path, await openFileSource(path), options);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    throw new EnvironmentError(`There is no ${path}.`, ['Run "vsc pack-submission".'], {
      cause: error,
    });
  }
}

async function openFolder(path: string): Promise<OpenSubmission> {
  const files = (await listContents(path)).map(
    (entry): SubmissionFile => ({
      name: entry.name,
      size: entry.bytes,
      readable: true,
      bytes: () => readFile(entry.path),
      npz: async () => {
        const file = await openFileSource(entry.path);
        return { file, close: () => file.close() };
      },
    }),
  );
  return {
    name: basename(path),
    findings: [],
    files: new Map(files.map((file) => [file.name, file])),
    folders: new Set(),
    close: async () => undefined,
  };
}

async function openZip(
  path: string,
  source: FileSource,
  options: OpenOptions,
): Promise<OpenSubmission> {
  const name = basename(path);
  const shell = { name, close: () => source.close() };
  try {
    const entries = await readZipDirectory(source);
    const facts = { file: name, zipBytes: source.size, freeBytes: options.freeBytes };
    const files = entries.filter((entry) => !isFolder(entry));
    return {
      ...shell,
      findings: [...emptyFindings(name, files), ...layoutFindings(entries, facts)],
      files: new Map(files.map((entry) => [entry.name, zippedFile(source, entry, options)])),
      folders: new Set(entries.filter(isFolder).map((entry) => entry.name.replace(/\/+$/, ''))),
    };
  } catch (error) {
    if (!(error instanceof MalformedFile)) {
      await source.close();
      throw error;
    }
    const findings = [zipFinding(name, 'not-a-zip', error.message)];
    return { ...shell, findings, files: new Map(), folders: new Set() };
  }
}

function emptyFindings(name: string, files: readonly unknown[]): readonly Finding[] {
  return files.length > 0 ? [] : [zipFinding(name, 'empty-zip', 'It has no files in it.')];
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
    npz: async () => {
      // A stored npz is read in place; the checksums of its own arrays stand in for the zip's.
      const stored = entry.method === 0;
      const file = stored ? await packedSource(source, entry) : { size: entry.size, chunks };
      return { file, close: async () => undefined };
    },
  };
}

function isLink({ mode }: ZipEntry): boolean {
  return mode !== undefined && (mode & 0o170000) === 0o120000;
}
