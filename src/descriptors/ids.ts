import { wholeItems } from './byte-cursor.ts';
import { MalformedFile } from './malformed.ts';
import type { Dtype } from './npy.ts';

/** An id and where it stands. */
export interface IdAt {
  readonly index: number;
  readonly id: string;
}

/** What an array of video ids is held to. */
export interface IdExpectation {
  /** The videos that may occur. */
  readonly known: ReadonlyMap<string, unknown>;
  /** What every id starts with: `Q` or `R`. */
  readonly initial: string;
}

/** What is wrong with an array of video ids: the first place of each kind. */
export interface IdFaults {
  /** The first id that is greater than the one after it, and that one. */
  readonly unsorted?: IdAt & { readonly next: string };
  readonly wrongKind?: IdAt;
  /** Of the right kind, but not among the known ones. */
  readonly unknown?: IdAt;
}

/** Equal neighbours in an array of ids: one video's vectors. */
export interface IdRun {
  readonly id: string;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** Longer ids than this are no ids. */
const MAX_ID_BYTES = 64 * 1024;
const MAX_CODE_POINT = 0x10ffff;
const REPLACEMENT = '\ufffd';

/** Whether an array can be one of ids: numpy's `U` or `S`. */
export function isStringType(dtype: Dtype): boolean {
  return dtype.kind === 'U' || dtype.kind === 'S';
}

/**
 * Reads the `count` strings in `chunks` to their end and tells what is wrong with them as ids. Holds
 * no more than a chunk. Throws {@link MalformedFile} for strings of more than 64 KiB.
 */
export async function findIdFaults(
  chunks: AsyncIterable<Uint8Array>,
  dtype: Dtype,
  count: number,
  expected: IdExpectation,
): Promise<IdFaults> {
  const faults: { -readonly [fault in keyof IdFaults]: IdFaults[fault] } = {};
  for await (const { id, index, previous, rising } of runStarts(chunks, dtype, count)) {
    if (!rising) faults.unsorted ??= { index: index - 1, id: previous, next: id };
    if (!id.startsWith(expected.initial)) faults.wrongKind ??= { index, id };
    else if (!expected.known.has(id)) faults.unknown ??= { index, id };
  }
  return faults;
}

/** The runs of equal ids in `chunks`, in order. Throws {@link MalformedFile}. */
export async function* readIdRuns(
  chunks: AsyncIterable<Uint8Array>,
  dtype: Dtype,
  count: number,
): AsyncGenerator<IdRun, void, void> {
  let last: IdAt | undefined;
  for await (const next of runStarts(chunks, dtype, count)) {
    if (last !== undefined) yield { id: last.id, start: last.index, end: next.index };
    last = next;
  }
  if (last !== undefined) yield { id: last.id, start: last.index, end: count };
}

interface RunStart extends IdAt {
  readonly previous: string;
  /** Whether it comes after the previous run in numpy's order. */
  readonly rising: boolean;
}

/**
 * Rows compare as in numpy: by code point (`U`; JavaScript's own order is another beyond U+FFFF) or
 * by byte (`S`), both padded with zeros.
 */
async function* runStarts(
  chunks: AsyncIterable<Uint8Array>,
  dtype: Dtype,
  count: number,
): AsyncGenerator<RunStart, void, void> {
  if (dtype.itemSize > MAX_ID_BYTES) {
    throw new MalformedFile(`Its strings are ${dtype.itemSize} bytes wide, which no id is.`);
  }
  const width = dtype.kind === 'U' ? dtype.itemSize / 4 : dtype.itemSize;
  let previous: Units | undefined;
  let text = '';
  let index = 0;
  for await (const units of unitBlocks(chunks, dtype, count)) {
    const rows = width === 0 ? count : units.length / width;
    for (let row = 0; row < rows; row += 1, index += 1) {
      const start = row * width;
      const order = orderOf(previous, units, row, width);
      if (order === 0) continue;
      const id = textOf(units, start, width);
      yield { id, index, previous: text, rising: order < 0 };
      text = id;
    }
    previous = units.slice(units.length - width);
    if (width === 0) return;
  }
}

/** Code points or bytes. */
type Units = Uint32Array | Uint8Array;

async function* unitBlocks(
  chunks: AsyncIterable<Uint8Array>,
  { kind, itemSize, bigEndian }: Dtype,
  count: number,
): AsyncGenerator<Units, void, void> {
  if (itemSize === 0 && count > 0) yield new Uint8Array(0);
  const isText = kind === 'U';
  const layout = { itemSize: Math.max(1, itemSize), bigEndian: isText && bigEndian, wordSize: 4 };
  for await (const { buffer, byteOffset, length } of wholeItems(chunks, layout)) {
    if (isText) yield new Uint32Array(buffer, byteOffset, length / 4);
    else yield new Uint8Array(buffer, byteOffset, length);
  }
}

/** As {@link compare}: a row after the one before it, be that in the previous block; the very first rises. */
function orderOf(previous: Units | undefined, units: Units, row: number, width: number): number {
  if (row > 0) return compare(units, (row - 1) * width, units, row * width, width);
  return previous === undefined ? -1 : compare(previous, 0, units, 0, width);
}

/** Negative where the row at `first` comes before the one at `second`, 0 where they are equal. */
function compare(a: Units, first: number, b: Units, second: number, width: number): number {
  for (let at = 0; at < width; at += 1) {
    const difference = (a[first + at] as number) - (b[second + at] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

function textOf(units: Units, start: number, width: number): string {
  let end = start + width;
  while (end > start && units[end - 1] === 0) end -= 1;
  let text = '';
  for (const unit of units.subarray(start, end)) {
    text += unit > MAX_CODE_POINT ? REPLACEMENT : String.fromCodePoint(unit);
  }
  return text;
}
