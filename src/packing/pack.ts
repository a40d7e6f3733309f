import { createHash } from 'node:crypto';
import { mkdir, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ChunkPool } from '../chunk-pool.ts';
import type { Effort } from '../descriptors/deflate.ts';
import { type EntryToWrite, writeZip } from '../descriptors/zip-writer.ts';
import { EnvironmentError, UsageError } from '../errors.ts';
import { exists, isFolder, localDisk, placeNew, writeWhole } from '../files.ts';
import { openFile, requireReplaceable } from '../places.ts';
import type { Reporter } from '../progress/events.ts';
import { initRemedy } from '../project.ts';
import { listContents, type PackEntry } from './contents.ts';
import { worthwhile } from './sample.ts';

/** What to pack and where to. */
export interface PackRequest {
  /** The folder whose contents stand at the root of the zip. */
  readonly folder: string;
  readonly zip: string;
  readonly effort: Effort;
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
    const how = { effort: request.effort, place: force ? rename : appear };
    const made = await packEntries(zip, entries, how, reporter, signal);
    return { zip, entries, ...made };
  });
}

/** How files are zipped. */
export interface PackOptions {
  readonly effort: Effort;
  /** How the zip gets its name; a rename, if not given. */
  readonly place?: (partial: string, zip: string) => Promise<void>;
}

/**
 * Zips files into `zip`, which appears whole or not at all: the same files, the same bytes.
 * @returns its size in bytes, and its SHA-256 in hex
 */
export async function packEntries(
  zip: string,
  entries: readonly PackEntry[],
  { effort, place = rename }: PackOptions,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const fill = (partial: string) => writeEntries(partial, entries, effort, reporter, signal);
  return writeWhole(zip, fill, place);
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
  effort: Effort,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  const pool = new ChunkPool(readBytes);
  await writeZip(path, entriesToWrite(entries, effort, pool, reporter), signal, {
    onChunk(chunk) {
      hash.update(chunk);
      bytes += chunk.length;
    },
    release: (chunk) => pool.release(chunk),
  });
  return { bytes, sha256: hash.digest('hex') };
}

async function* entriesToWrite(
  entries: readonly PackEntry[],
  wanted: Effort,
  pool: ChunkPool,
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
    for await (const chunk of pool.read(await openFile(path))) {
      completed += chunk.length;
      reporter.report({ ...progress, completed });
      yield chunk;
    }
  }
  for (const { name, path, bytes, executable } of entries) {
    const effort = await worthwhile(wanted, path, bytes);
    yield { name, mode: executable ? 0o755 : 0o644, effort, contents: counted(path) };
  }
  reporter.report({ ...progress, completed, done: true });
}

/** As a rename, but never in the place of what came in between. */
async function appear(partial: string, zip: string): Promise<void> {
  if (!(await placeNew(partial, zip))) throw alreadyThere(zip);
}
