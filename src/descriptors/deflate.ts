import { promisify } from 'node:util';
import { constants, deflateRaw, type ZlibOptions } from 'node:zlib';

/** How hard data is tried to be made smaller: `fast` comes within a tenth of what `zip` makes of it. */
export type Effort = 'fast' | 'smallest';

/** What is deflated by itself, in parallel: less shows in the size, more has threads wait for each other. */
const BLOCK_BYTES = 1024 * 1024;
/** As far back as deflate looks for what it has seen (RFC 1951, 2). */
const WINDOW_BYTES = 32 * 1024;
/** What of a block shows how best to deflate it. */
const SAMPLE_BYTES = 64 * 1024;
/** Blocks under way: Node's pool has four threads, and none has to wait for the next block. */
const AT_ONCE = 8;

/**
 * Looks for no repeats at all: of encoded or rounded numbers, which have none, it makes the same size as any
 * level in a quarter of the time.
 */
const HUFFMAN = { strategy: constants.Z_HUFFMAN_ONLY, memLevel: 9 };

interface Way {
  /** The first is for what is too short to be sampled. */
  readonly levels: readonly ZlibOptions[];
  /** How much larger than the best level a block may become for the time that Huffman coding alone saves. */
  readonly tolerance: number;
}

const WAYS: Readonly<Record<Effort, Way>> = {
  fast: { levels: [{ level: 4 }], tolerance: 1.02 },
  // Tables anew for every 32K symbols are best for what is the same all over, for every 8K where it changes.
  smallest: {
    levels: [
      { level: 7, memLevel: 9 },
      { level: 7, memLevel: 7 },
    ],
    tolerance: 1.001,
  },
};

const deflateAsync = promisify<Uint8Array, ZlibOptions, Buffer>(deflateRaw);

/**
 * Deflates `chunks` in blocks, several at a time, each in the way that a sample of it recommends: one stream
 * (RFC 1951), the same for the same bytes, however they are cut into chunks. The chunks are kept for a
 * while, so each has to have memory of its own.
 *
 * @param release is told of chunks that are needed no more; not of all
 * @param atOnce blocks under way
 */
export async function* deflated(
  chunks: AsyncIterable<Uint8Array>,
  effort: Effort,
  release: (chunk: Uint8Array) => void = () => {},
  atOnce = AT_ONCE,
): AsyncGenerator<Buffer, void, void> {
  const underWay: Promise<Buffer>[] = [];
  /** Of the blocks under way, after that of the block before them: the first of them looks back at it. */
  const looksAt: Uint8Array[] = [];
  let before: Uint8Array = new Uint8Array(0);
  for await (const { bytes, isLast } of blocksOf(chunks)) {
    const block = deflateBlock(bytes, before, isLast, effort);
    block.catch(() => undefined); // it is told where the block is awaited, or nobody waits any more
    underWay.push(block);
    looksAt.push(bytes);
    before = bytes.subarray(-WINDOW_BYTES);
    if (underWay.length < atOnce) continue;
    yield await (underWay.shift() as Promise<Buffer>);
    if (looksAt.length > atOnce) release(looksAt.shift() as Uint8Array);
  }
  for (const block of underWay) yield await block;
}

/** The same bytes in blocks of {@link BLOCK_BYTES}; the last is shorter, or empty if there are none. */
async function* blocksOf(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ readonly bytes: Uint8Array; readonly isLast: boolean }, void, void> {
  let parts: Uint8Array[] = [];
  let length = 0;
  const joined = () => (parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts));
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      if (length === BLOCK_BYTES) {
        yield { bytes: joined(), isLast: false };
        [parts, length] = [[], 0];
      }
      const part = chunk.subarray(at, at + BLOCK_BYTES - length);
      parts.push(part);
      length += part.length;
      at += part.length;
    }
  }
  yield { bytes: joined(), isLast: true };
}

/** One block behind `before`, ended at a whole byte so that another can follow, unless it is the last. */
async function deflateBlock(
  bytes: Uint8Array,
  before: Uint8Array,
  isLast: boolean,
  effort: Effort,
): Promise<Buffer> {
  return deflateAsync(bytes, {
    ...(await bestOptions(bytes, WAYS[effort])),
    ...(before.length > 0 && { dictionary: before }),
    finishFlush: isLast ? constants.Z_FINISH : constants.Z_SYNC_FLUSH,
    chunkSize: roomFor(bytes),
  });
}

async function bestOptions(bytes: Uint8Array, { levels, tolerance }: Way): Promise<ZlibOptions> {
  let best = levels[0] as ZlibOptions;
  if (bytes.length < SAMPLE_BYTES) return best;
  const middle = Math.floor((bytes.length - SAMPLE_BYTES) / 2);
  const sample = bytes.subarray(middle, middle + SAMPLE_BYTES);
  const sizeBy = async (options: ZlibOptions) =>
    (await deflateAsync(sample, { ...options, chunkSize: roomFor(sample) })).length;
  const coded = await sizeBy(HUFFMAN);
  let smallest = Number.POSITIVE_INFINITY;
  for (const options of levels) {
    const size = await sizeBy(options);
    if (size < smallest) [smallest, best] = [size, options];
  }
  return coded <= smallest * tolerance ? HUFFMAN : best;
}

/** Enough for all that comes of these bytes: a job of the pool, not one for every few KiB. */
function roomFor({ length }: Uint8Array): number {
  return length + (length >> 8) + 1024;
}
