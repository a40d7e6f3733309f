import { createHash } from 'node:crypto';
import { ChunkPool } from '../chunk-pool.ts';
import { EnvironmentError, systemCode } from '../errors.ts';
import { eachOf } from '../files.ts';
import { openFile } from '../places.ts';
import { type ArchivedFile, readTarGz } from '../tar-gz.ts';

/** What a file is known by. */
export interface Digest {
  readonly bytes: number;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
}

/** A ranking as it is in a result archive. */
export interface RankingDigest extends Digest {
  readonly name: string;
  /** Lines after the header. */
  readonly pairs: number;
}

/** Of 64 KiB to 1 MiB the fastest but for the last, which is hardly faster. */
const chunkBytes = 512 * 1024;

/**
 * The digest of a file, read once in small pieces.
 * @param pool for many files, that of all of them
 * @throws EnvironmentError when it can't be read; the signal's reason
 */
export async function digestFile(
  path: string,
  signal?: AbortSignal,
  pool = new ChunkPool(chunkBytes),
): Promise<Digest> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of pool.read(await openFile(path))) {
      signal?.throwIfAborted();
      hash.update(chunk);
      bytes += chunk.length;
      pool.release(chunk);
    }
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined || signal?.aborted) throw error;
    const reason = 'local-disk';
    throw new EnvironmentError(`${path} can't be read (${code}).`, [], { cause: error, reason });
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** The digests of many files, in their order. @throws as `digestFile` */
export async function digestFiles(
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<readonly Digest[]> {
  const digests = new Map<string, Digest>();
  const pool = new ChunkPool(chunkBytes);
  const digest = async (path: string) =>
    void digests.set(path, await digestFile(path, signal, pool));
  await eachOf([...new Set(paths)], digest, signal);
  return paths.flatMap((path) => digests.get(path) ?? []);
}

/**
 * The rankings of these names that a result archive holds, in the order of `names`; one that is
 * missing, is in it twice or is no file is left out. Throws what is wrong with a broken archive.
 */
export async function digestRankings(
  archive: string,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<readonly RankingDigest[]> {
  const seen: string[] = [];
  const files: (() => RankingDigest)[] = [];
  const onFile = ({ path: name, type }: ArchivedFile) => {
    if (!names.includes(name)) return undefined;
    seen.push(name);
    if (type !== 'File') return undefined;
    const hash = createHash('sha256');
    let [bytes, lines] = [0, 0];
    files.push(() => {
      const sha256 = hash.copy().digest('hex');
      return { name, pairs: Math.max(0, lines - 1), bytes, sha256 };
    });
    return (chunk: Buffer) => {
      hash.update(chunk);
      bytes += chunk.length;
      lines += linesIn(chunk);
    };
  };
  await readTarGz(archive, onFile, signal);
  const found = files.map((digest) => digest());
  const once = names.filter((name) => seen.indexOf(name) === seen.lastIndexOf(name));
  return once.flatMap((name) => found.find((file) => file.name === name) ?? []);
}

function linesIn(chunk: Buffer): number {
  let count = 0;
  for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) count += 1;
  return count;
}
