import { Pace } from '../turn.ts';
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

/** Characters; those of the challenge have seven. */
const LONGEST_ID = 1_000;

/** Whether an array can be one of ids: numpy's `U` or `S`. */
export function isStringType(dtype: Dtype): boolean {
  return dtype.kind === 'U' || dtype.kind === 'S';
}

/**
 * Reads the strings in `chunks` to their end and tells what is wrong with them as ids. Holds no more
 * than a chunk. Throws {@link MalformedFile} for what is no text, and the signal's reason.
 */
export async function findIdFaults(
  chunks: AsyncIterable<Uint8Array>,
  dtype: Dtype,
  expected: IdExpectation,
  signal?: AbortSignal,
): Promise<IdFaults> {
  const faults: { -readonly [fault in keyof IdFaults]: IdFaults[fault] } = {};
  for await (const { id, index, previous, rising } of runStarts(chunks, dtype, signal)) {
    if (!rising) faults.unsorted ??= { index: index - 1, id: previous, next: id };
    if (!id.startsWith(expected.initial)) faults.wrongKind ??= { index, id };
    else if (!expected.known.has(id)) faults.unknown ??= { index, id };
  }
  return faults;
}

/** How many runs of equal ids there are in `chunks`: in a sorted list, videos. Throws {@link MalformedFile}. */
export async function countIdRuns(
  chunks: AsyncIterable<Uint8Array>,
  dtype: Dtype,
  signal?: AbortSignal,
): Promise<number> {
  const width = widthOf(dtype);
  let runs = 0;
  let previous: Units | undefined;
  const pace = new Pace(signal);
  for await (const units of unitBlocks(chunks, dtype)) {
    if (pace.isDue) await pace.turn();
    if (orderOf(previous, units, 0, width) === 0) runs -= 1; // the last one goes on
    for (let row = 0; row < units.length / width; row = nextOther(units, row + 1, width)) runs += 1;
    previous = units.slice(units.length - width);
  }
  return runs;
}

/** Where a run of equal ids begins: in a sorted list, a video. */
export interface RunStart extends IdAt {
  readonly previous: string;
  /** Whether it comes after the previous run in numpy's order. */
  readonly rising: boolean;
}

/**
 * The runs of equal ids in `chunks`. Rows compare as in numpy: by code point (`U`; JavaScript's own order is another beyond U+FFFF) or
 * by byte (`S`), both padded with zeros.
 */
export async function* runStarts(
  chunks: AsyncIterable<Uint8Array>,
  dtype: Dtype,
  signal: AbortSignal | undefined,
): AsyncGenerator<RunStart, void, void> {
  const width = widthOf(dtype);
  let previous: Units | undefined;
  let text = '';
  let index = 0;
  const pace = new Pace(signal);
  for await (const units of unitBlocks(chunks, dtype)) {
    if (pace.isDue) await pace.turn();
    const rows = units.length / width;
    for (let row = 0; row < rows; row = nextOther(units, row + 1, width)) {
      const order = orderOf(previous, units, row, width);
      if (order === 0) continue;
      const id = textOf(units, row * width, width, index + row);
      yield { id, index: index + row, previous: text, rising: order < 0 };
      text = id;
    }
    index += rows;
    previous = units.slice(units.length - width);
  }
}

/** Units of a row. */
function widthOf({ kind, itemSize }: Dtype): number {
  return kind === 'U' ? itemSize / 4 : itemSize;
}

/** Code points or bytes. */
type Units = Uint32Array | Uint8Array;

async function* unitBlocks(
  chunks: AsyncIterable<Uint8Array>,
  { kind, itemSize, bigEndian }: Dtype,
): AsyncGenerator<Units, void, void> {
  const isText = kind === 'U';
  const layout = { itemSize, bigEndian: isText && bigEndian, wordSize: 4 };
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

/** The first row from `from` on that is another than the one before it, or their number; a loop of its own is fast. */
function nextOther(units: Units, from: number, width: number): number {
  for (let at = from * width; at < units.length; at += 1) {
    if (units[at] !== units[at - width]) return Math.floor(at / width);
  }
  return units.length / width;
}

/** Negative where the row at `first` comes before the one at `second`, 0 where they are equal. */
function compare(a: Units, first: number, b: Units, second: number, width: number): number {
  for (let at = 0; at < width; at += 1) {
    const difference = (a[first + at] as number) - (b[second + at] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * The string in a row; one that is far too long for an id only begins as it does.
 * Throws {@link MalformedFile} for what Unicode has no character for: the halves of one, and beyond.
 */
function textOf(units: Units, start: number, width: number, index: number): string {
  let end = start + width;
  while (end > start && units[end - 1] === 0) end -= 1;
  for (let at = start; at < end; at += 1) {
    const unit = units[at] as number;
    if (unit > 0x10ffff || (unit >= 0xd800 && unit <= 0xdfff)) {
      throw new MalformedFile(`id ${index} has the code ${unit}, which is no character.`);
    }
  }
  const shown = units.subarray(start, Math.min(end, start + LONGEST_ID));
  return `${String.fromCodePoint(...shown)}${end - start > LONGEST_ID ? '…' : ''}`;
}
