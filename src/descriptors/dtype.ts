import { MalformedFile } from './malformed.ts';

/** An array's element type, as far as descriptors need it. */
export interface Dtype {
  /** As the file has it, e.g. `<f4`. */
  readonly descr: string;
  /** numpy's kind: b, i, u, f, c, U, S, V, M, m or O. */
  readonly kind: string;
  /** Bytes of an element. */
  readonly itemSize: number;
  readonly bigEndian: boolean;
}

const FLOATS: Readonly<Record<number, string>> = { 2: 'float16', 4: 'float32', 8: 'float64' };
const SIZED_KINDS = 'biufc';
const LARGEST_ITEM = 2 ** 31 - 1;

/**
 * Reads a simple dtype string, e.g. `<f4`, `>U7`, `|S7` or `|O`. Throws {@link MalformedFile} on
 * others.
 * @see https://numpy.org/doc/stable/reference/arrays.interface.html, typestr
 */
export function parseDtype(descr: string): Dtype {
  const match = /^([<>|=]?)([biufcUSaVMmO])(\d{0,10})(?:\[\w+\])?$/.exec(descr);
  if (match === null) throw new MalformedFile(`Its dtype ${JSON.stringify(descr)} is unknown.`);
  const [, order = '', letter = '', digits = ''] = match;
  const kind = letter === 'a' ? 'S' : letter;
  const count = digits === '' ? defaultCount(kind) : Number(digits);
  const itemSize = kind === 'U' ? 4 * count : count;
  const possible = itemSize <= LARGEST_ITEM && (!SIZED_KINDS.includes(kind) || isWidth(itemSize));
  if (!possible) throw new MalformedFile(`Its dtype ${JSON.stringify(descr)} is impossible.`);
  return { descr, kind, itemSize, bigEndian: order === '>' && (kind === 'U' || itemSize > 1) };
}

/** What numpy calls the type: `float64`, `>f4`, `<U7`. */
export function dtypeName(dtype: Dtype): string {
  const float = dtype.kind === 'f' && !dtype.bigEndian ? FLOATS[dtype.itemSize] : undefined;
  return float ?? (dtype.kind === 'O' ? 'object' : dtype.descr);
}

/** Whether numpy would say `dtype == numpy.float32`, which is little-endian on every host here. */
export function isFloat32(dtype: Dtype): boolean {
  return dtype.kind === 'f' && dtype.itemSize === 4 && !dtype.bigEndian;
}

function defaultCount(kind: string): number {
  return kind === 'O' || kind === 'M' || kind === 'm' ? 8 : 0;
}

function isWidth(itemSize: number): boolean {
  return [1, 2, 4, 8, 12, 16, 24, 32].includes(itemSize);
}
