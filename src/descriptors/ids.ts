import { swapped, wholeItems } from './byte-cursor.ts';
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
  for await (const { rising, previous, run } of comparedRuns(chunks, dtype, count)) {
    const { id, start: index } = run;
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
  let last: IdRun | undefined;
  for await (const { run } of comparedRuns(chunks, dtype, count)) {
    if (last !== undefined) yield { ...last, end: run.start };
    last = run;
  }
  if (last !== undefined) yield { ...last, end: count };
}

interface ComparedRun {
  /** Its end is not known yet and given as its start. */
  readonly run: IdRun;
  readonly previous: string;
  /** Whether it comes after the previous run in numpy's order. */
  readonly rising: boolean;
}

/**
 * Rows compare as in numpy: by code point (`U`; JavaScript's own order is another beyond U+FFFF) or
 * by byte (`S`), both padded with zeros.
 */
async function* comparedRuns(
  chunks: AsyncIterable<Uint8Array>,
  dtype: Dtype,
  count: number,
): AsyncGenerator<ComparedRun, void, void> {
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
      const order =
        row === 0 ? edgeOrder(previous, units, width) : compare(units, start - width, start, width);
      if (order === 0) continue;
      const id = textOf(units, start, width);
      yield { run: { id, start: index, end: index }, previous: text, rising: order < 0 };
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
  dtype: Dtype,
  count: number,
): AsyncGenerator<Units, void, void> {
  if (dtype.itemSize === 0 && count > 0) yield new Uint8Array(0);
  for await (const bytes of wholeItems(chunks, Math.max(1, dtype.itemSize), 4)) {
    if (dtype.kind === 'S') yield new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    else {
      const native = dtype.bigEndian ? swapped(bytes, 4) : bytes;
      yield new Uint32Array(native.buffer, native.byteOffset, native.length / 4);
    }
  }
}

/** The last row of a block against the first of the next; the very first row rises. */
function edgeOrder(previous: Units | undefined, units: Units, width: number): number {
  if (previous === undefined) return -1;
  for (let at = 0; at < width; at += 1) {
    const difference = (previous[at] as number) - (units[at] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compare(units: Units, first: number, second: number, width: number): number {
  for (let at = 0; at < width; at += 1) {
    const difference = (units[first + at] as number) - (units[second + at] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

function textOf(units: Units, start: number, width: number): string {
  let end = start + width;
  while (end > start && units[end - 1] === 0) end -= 1;
  let text = '';
  for (let at = start; at < end; at += 1) {
    const unit = units[at] as number;
    text += unit > MAX_CODE_POINT ? REPLACEMENT : String.fromCodePoint(unit);
  }
  return text;
}
