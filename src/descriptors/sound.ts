import { availableParallelism } from 'node:os';
import { onThreads } from '../threads.ts';
import type { ByteSource } from './byte-source.ts';
import { checksumOf, type KnownPart } from './checksum.ts';
import type { NpyHeader } from './npy.ts';
import { code } from './sum-if-finite-thread.ts?thread';

/** For less than this it isn't worth starting a thread. */
const LEAST_BYTES = 32 * 1024 * 1024;
/** A thread has some ten megabytes of its own, and more of them only wait for the memory that they share. */
const MOST_THREADS = 8;
/** Parts are multiples of it: whole items, of whichever size. */
const UNIT_BYTES = 1024 * 1024;

/** Bytes of an array's file. */
interface Part {
  readonly offset: number;
  readonly size: number;
}

/**
 * Whether a large array of floats is certainly sound: its values are all finite, and the checksum is right. All
 * cores, up to eight, look at it, each at a part. Where that can't be, or finds anything at all, the answer is no:
 * whoever reads the array in order then says what is wrong, and where.
 * @param source the array's file, header included, just as it lies in a file
 * @throws the signal's reason
 */
export async function isSurelySound(
  source: ByteSource,
  { dtype, headerBytes }: Pick<NpyHeader, 'dtype' | 'headerBytes'>,
  crc32: number,
  { signal, cores = availableParallelism() }: { signal?: AbortSignal; cores?: number } = {},
): Promise<boolean> {
  const { place, size } = source;
  const parts = partsOf(headerBytes, size - headerBytes, cores);
  if (place === undefined || parts.length < 2) return false;
  const { fd } = place;
  const inFile = parts.map((part) => ({ ...part, fd, offset: place.offset + part.offset, dtype }));
  const sums = await onThreads<number | undefined>(code, inFile, signal).catch(() => []);
  signal?.throwIfAborted();
  const known = parts.flatMap((part, at): KnownPart[] => {
    const sum = sums[at];
    return sum === undefined ? [] : [{ ...part, crc32: sum }];
  });
  return known.length === parts.length && (await checksumOf(source, known, signal)) === crc32;
}

/** Parts of about the same size, as many as there are to be threads: none where there is too little for that. */
function partsOf(offset: number, size: number, cores: number): readonly Part[] {
  const count = Math.min(cores, MOST_THREADS, Math.floor(size / LEAST_BYTES));
  const each = Math.ceil(size / count / UNIT_BYTES) * UNIT_BYTES;
  const parts: Part[] = [];
  for (let at = 0; at < size && count > 1; at += each)
    parts.push({ offset: offset + at, size: Math.min(each, size - at) });
  return parts;
}
