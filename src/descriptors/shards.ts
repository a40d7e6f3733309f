import { InvalidSubmission, SubmissionFailed } from '../errors.ts';
import { type FileSource, openFileSource } from './byte-source.ts';
import { type NpyHeader, readNpyHeader } from './npy.ts';
import { npzMembers } from './npz.ts';
import { type ArrayToWrite, writeNpz } from './npz-writer.ts';
import { ARRAYS, type ArrayName, type ExpectedSet } from './rules.ts';
import { checkSet } from './validate.ts';

/** The descriptors of a shard, which are valid. */
export interface ShardSet {
  /** The shard's name. */
  readonly name: string;
  readonly path: string;
  /** Vectors. */
  readonly count: number;
}

/**
 * How many vectors the set at `path` has, which has to be valid.
 * @throws InvalidSubmission; the signal's reason
 */
export async function countValid(
  path: string,
  expected: ExpectedSet,
  signal: AbortSignal,
): Promise<number> {
  const source = await openFileSource(path);
  try {
    const { findings, shape } = await checkSet(source, expected, { scanFinite: true, signal });
    if (findings.length === 0 && shape !== undefined) return shape.vectors;
    const [first] = findings;
    throw new InvalidSubmission(`its descriptors are not valid: ${first?.message}`, findings);
  } finally {
    await source.close();
  }
}

/**
 * Writes the sets of shards as one, in their order: whoever cut the videos sorted them. The file
 * appears whole; the same sets give the same bytes. One array of one shard is in memory at a time.
 * @throws SubmissionFailed where two shards have arrays of other kinds; the signal's reason
 */
export async function mergeSets(
  path: string,
  shards: readonly ShardSet[],
  signal: AbortSignal,
): Promise<void> {
  const some = shards.filter(({ count }) => count > 0);
  const sets = some.length > 0 ? some : shards.slice(0, 1);
  const arrays: ArrayToWrite[] = [];
  for (const name of ARRAYS) arrays.push(await mergedArray(name, sets, signal));
  await writeNpz(path, arrays, signal);
}

async function mergedArray(
  name: ArrayName,
  sets: readonly ShardSet[],
  signal: AbortSignal,
): Promise<ArrayToWrite> {
  const [first, ...others] = sets;
  if (first === undefined) throw new Error(`There are no ${name} to put together.`);
  const header = await readArrayHeader(first, name, signal);
  const [, ...columns] = header.shape;
  let [rows = 0] = header.shape;
  for (const set of others) {
    const other = await readArrayHeader(set, name, signal);
    if (formOf(other) !== formOf(header)) {
      throw new SubmissionFailed(
        `The code gives ${name} as ${formOf(header)} for ${first.name} and as ${formOf(other)} for ` +
          `${set.name}: they can not be put together.`,
        [],
        { reason: 'wrong-output' },
      );
    }
    rows += other.shape[0] ?? 0;
  }
  async function* chunks() {
    for (const set of sets) yield await readArray(set, name, signal, rowMajor);
  }
  return { name, descr: header.dtype.descr, shape: [rows, ...columns], chunks: chunks() };
}

/** What has to be the same in all shards: the type, and what a row is. */
function formOf({ dtype, shape: [, ...columns] }: NpyHeader): string {
  return `${dtype.descr} (${['N', ...columns].join(', ')})`;
}

function readArrayHeader(set: ShardSet, name: ArrayName, signal: AbortSignal): Promise<NpyHeader> {
  return readArray(set, name, signal, async (_, header) => header);
}

/** Reads the array of that name. */
async function readArray<Read>(
  { path }: ShardSet,
  name: ArrayName,
  signal: AbortSignal,
  read: (bytes: AsyncIterable<Uint8Array>, header: NpyHeader) => Promise<Read>,
): Promise<Read> {
  const source: FileSource = await openFileSource(path);
  try {
    for await (const { cursor } of npzMembers(source, [name], signal)) {
      const header = await readNpyHeader(cursor);
      return await read(cursor.remainder(), header);
    }
    throw new Error(`${path} has lost its ${name}`);
  } finally {
    await source.close();
  }
}

/** The bytes of an array row by row, however it is stored. */
async function rowMajor(
  chunks: AsyncIterable<Uint8Array>,
  { dtype: { itemSize }, fortranOrder, shape: [rows = 0, columns = 1] }: NpyHeader,
): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(Buffer.from(chunk));
  const stored = Buffer.concat(parts);
  if (!fortranOrder || columns === 1) return stored;
  const bytes = Buffer.alloc(stored.length);
  for (let column = 0, from = 0; column < columns; column += 1) {
    for (let row = 0; row < rows; row += 1, from += itemSize) {
      stored.copy(bytes, (row * columns + column) * itemSize, from, from + itemSize);
    }
  }
  return bytes;
}
