import { createHash } from 'node:crypto';
import { mkdir, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { type EntryToWrite, writeZip } from '../descriptors/zip-writer.ts';
import { EnvironmentError, UsageError } from '../errors.ts';
import { exists, isFolder, localDisk, placeNew, writeWhole } from '../files.ts';
import { openFile, requireReplaceable } from '../places.ts';
import type { Reporter } from '../progress/events.ts';
import { initRemedy } from '../project.ts';
import { listContents, type PackEntry } from './contents.ts';

/** What to pack and where to. */
export interface PackRequest {
  /** The folder whose contents stand at the root of the zip. */
  readonly folder: string;
  readonly zip: string;
  /** Replace a zip that is there. */
  readonly force: boolean;
  readonly dryRun: boolean;
}

/** What was packed. */
export interface Packed {
  readonly zip: string;
  readonly entries: readonly PackEntry[];
  /** Size of the zip in bytes, and its SHA-256 in hex; undefined on a dry run. */
  readonly bytes?: number;
  readonly sha256?: string;
}

/** Bytes read at once from a packed file. */
const readBytes = 1024 * 1024;

/** How a file is sampled. */
const blockBytes = 16 * 1024;
const blocks = 9;

/**
 * A file whose blocks deflate to more than this share of their size is stored: the saving would not
 * pay for the minutes. Normal float32 deflates to 0.925.
 */
const worthwhileRatio = 0.88;

/**
 * Zips a folder's contents into `zip`, which appears whole or not at all.
 * @throws UsageError when the zip exists and `force` is not given
 * @throws EnvironmentError when the folder is missing, empty or holds what can't be packed
 */
export async function packSubmission(
  request: PackRequest,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Packed> {
  const { folder, zip, force } = request;
  await requirePlace(zip, force);
  return localDisk(`pack ${folder}`, async () => {
    const entries = await contentsOf(folder, signal);
    if (request.dryRun) return { zip, entries };
    await mkdir(dirname(zip), { recursive: true });
    const made = await packEntries(zip, entries, reporter, signal, force ? rename : appear);
    return { zip, entries, ...made };
  });
}

/**
 * Zips files into `zip`, which appears whole or not at all: the same files, the same bytes.
 * @param place how it gets its name
 * @returns its size in bytes, and its SHA-256 in hex
 */
export async function packEntries(
  zip: string,
  entries: readonly PackEntry[],
  reporter: Reporter,
  signal: AbortSignal,
  place: (partial: string, zip: string) => Promise<void> = rename,
): Promise<{ readonly bytes: number; readonly sha256: string }> {
  return writeWhole(zip, (partial) => writeEntries(partial, entries, reporter, signal), place);
}

/**
 * Makes sure that `zip` may be written.
 * @param force whether it may replace one that is there
 * @throws UsageError when there is a zip already; EnvironmentError for what is none
 */
export async function requirePlace(zip: string, force: boolean): Promise<void> {
  await requireReplaceable(zip);
  if (!force && (await exists(zip))) throw alreadyThere(zip);
}

function alreadyThere(zip: string): UsageError {
  return new UsageError(`${zip} is already there.`, [
    'To replace it, say so: --force.',
    'To keep it, move it somewhere else first.',
  ]);
}

/**
 * What of a folder goes into a submission.
 * @throws EnvironmentError when the folder is missing, empty or holds what can't be packed
 */
export async function contentsOf(folder: string, signal: AbortSignal): Promise<PackEntry[]> {
  try {
    const entries = await listContents(folder, signal);
    if (entries.length > 0) return entries;
  } catch (error) {
    if (await isFolder(folder)) throw error;
    throw new EnvironmentError(`There is no folder ${folder} to pack.`, [initRemedy], {
      cause: error,
    });
  }
  throw new EnvironmentError(`There is nothing to pack in ${folder}.`, [initRemedy]);
}

async function writeEntries(
  path: string,
  entries: readonly PackEntry[],
  reporter: Reporter,
  signal: AbortSignal,
): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  await writeZip(path, entriesToWrite(entries, reporter), signal, (chunk) => {
    hash.update(chunk);
    bytes += chunk.length;
  });
  return { bytes, sha256: hash.digest('hex') };
}

async function* entriesToWrite(
  entries: readonly PackEntry[],
  reporter: Reporter,
): AsyncGenerator<EntryToWrite> {
  const total = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  const progress = {
    type: 'progress',
    id: 'pack',
    label: 'Packing',
    unit: 'bytes',
    total,
  } as const;
  let completed = 0;
  async function* counted(path: string) {
    const file = await openFile(path);
    for await (const chunk of file.createReadStream({ highWaterMark: readBytes })) {
      completed += chunk.length;
      reporter.report({ ...progress, completed });
      yield chunk;
    }
  }
  for (const { name, path, bytes, executable } of entries) {
    const store = !(await worthDeflating(path, bytes));
    yield { name, mode: executable ? 0o755 : 0o644, store, contents: counted(path) };
  }
  reporter.report({ ...progress, completed, done: true });
}

/** As a rename, but never in the place of what came in between. */
async function appear(partial: string, zip: string): Promise<void> {
  if (!(await placeNew(partial, zip))) throw alreadyThere(zip);
}

/**
 * Whether deflating the file of `bytes` bytes saves enough: the median ratio of nine blocks spread
 * over it, at level 1. The median, since the ids at the start of an npz deflate to almost nothing.
 */
async function worthDeflating(path: string, bytes: number): Promise<boolean> {
  if (bytes <= blockBytes * blocks) return true;
  const file = await openFile(path);
  try {
    const ratios: number[] = [];
    for (let index = 0; index < blocks; index++) {
      const position = Math.floor(((bytes - blockBytes) * index) / (blocks - 1));
      const block = Buffer.alloc(blockBytes);
      const { bytesRead } = await file.read(block, 0, blockBytes, position);
      if (bytesRead === 0) continue;
      const packed = deflateRawSync(block.subarray(0, bytesRead), { level: 1 });
      ratios.push(packed.length / bytesRead);
    }
    ratios.sort((a, b) => a - b);
    return (ratios[Math.floor(ratios.length / 2)] ?? 0) <= worthwhileRatio;
  } finally {
    await file.close();
  }
}
