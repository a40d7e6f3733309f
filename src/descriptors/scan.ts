import { wholeItems } from './byte-cursor.ts';
import { finiteGroups } from './finite-groups.ts';
import type { Dtype } from './npy.ts';

/** Where the first value stands that is no finite number. */
export interface NonFinite {
  readonly row: number;
  readonly column: number;
  /** What it is. */
  readonly value: 'NaN' | 'inf' | '-inf';
}

/** How a matrix of floats lies in its file. */
export interface MatrixLayout {
  readonly dtype: Dtype;
  readonly rows: number;
  readonly columns: number;
  readonly fortranOrder: boolean;
}

/** The floats that can be scanned: float16, float32 and float64. */
export function canScan(dtype: Dtype): boolean {
  return dtype.kind === 'f' && [2, 4, 8].includes(dtype.itemSize);
}

/**
 * Looks for NaN and infinity in a stream of floats: IEEE 754 has them where all bits of the exponent
 * are set. Reads `chunks` to their end, so that whatever verifies them can. Finds the first one in
 * row order, whichever order the matrix is stored in.
 */
export async function findNonFinite(
  chunks: AsyncIterable<Uint8Array>,
  layout: MatrixLayout,
): Promise<NonFinite | undefined> {
  const { itemSize } = layout.dtype;
  const scan = SCANS[itemSize];
  if (scan === undefined) throw new RangeError(`no scan for items of ${itemSize} bytes`);
  const finiteBytes = finiteGroups();
  let first: NonFinite | undefined;
  let element = 0;
  for await (const items of wholeItems(chunks, layout.dtype)) {
    if (first !== undefined && !layout.fortranOrder) continue;
    const count = items.length / itemSize;
    for (let at = finiteBytes(items, itemSize) / itemSize; at < count; at += 1) {
      at = scan(items, at);
      if (at === count) break;
      first = earlier(first, place(element + at, layout, items, at));
      if (!layout.fortranOrder) break;
    }
    element += count;
  }
  return first;
}

/** The index of the first non-finite item from `from` on, or the number of items. */
type Scan = (items: Uint8Array, from: number) => number;

const SCANS: Readonly<Record<number, Scan>> = { 2: scan16, 4: scan32, 8: scan64 };

function scan16(items: Uint8Array, from: number): number {
  const words = new Uint16Array(items.buffer, items.byteOffset, items.length / 2);
  let at = from;
  while (at < words.length && ((words[at] as number) & 0x7c00) !== 0x7c00) at += 1;
  return at;
}

function scan32(items: Uint8Array, from: number): number {
  const words = new Uint32Array(items.buffer, items.byteOffset, items.length / 4);
  let at = from;
  while (at < words.length && ((words[at] as number) & 0x7f800000) !== 0x7f800000) at += 1;
  return at;
}

/** Looks at the upper halves, which hold the exponents. */
function scan64(items: Uint8Array, from: number): number {
  const words = new Uint32Array(items.buffer, items.byteOffset, items.length / 4);
  let at = 2 * from + 1;
  while (at < words.length && ((words[at] as number) & 0x7ff00000) !== 0x7ff00000) at += 2;
  return (at - 1) / 2;
}

function place(
  element: number,
  { rows, columns, fortranOrder, dtype }: MatrixLayout,
  items: Uint8Array,
  at: number,
): NonFinite {
  const row = fortranOrder ? element % rows : Math.floor(element / columns);
  const column = fortranOrder ? Math.floor(element / rows) : element % columns;
  return { row, column, value: named(items, at, dtype.itemSize) };
}

/** The one of `a` and `b`, found later, that is first in row order: of a row, columns come rising. */
function earlier(a: NonFinite | undefined, b: NonFinite): NonFinite {
  return a === undefined || b.row < a.row ? b : a;
}

/** Names a non-finite item: infinity has no bit of its mantissa set. */
function named(items: Uint8Array, at: number, itemSize: number): NonFinite['value'] {
  const [top = 0, second = 0, ...lower] = items.slice(at * itemSize, (at + 1) * itemSize).reverse();
  const mantissa =
    itemSize === 2 ? [top & 0x03, second] : [second & (itemSize === 4 ? 0x7f : 0x0f)];
  if ([...mantissa, ...lower].some((byte) => byte !== 0)) return 'NaN';
  return (top & 0x80) === 0 ? 'inf' : '-inf';
}
