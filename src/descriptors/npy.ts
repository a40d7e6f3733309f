import { quoted } from '../progress/visible.ts';
import type { ByteCursor } from './byte-cursor.ts';
import { MalformedFile } from './malformed.ts';

/** The header of an `.npy` array. */
export interface NpyHeader {
  readonly dtype: Dtype;
  /** Column-major: the first index moves fastest. */
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Bytes from the start of the file to the data: magic string, length field and header. */
  readonly headerBytes: number;
  /** Bytes of data that shape and dtype call for. */
  readonly dataBytes: number;
}

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

/** What {@link formatNpyHeader} needs to know. */
export interface NpyLayout {
  /** E.g. `<f4`. */
  readonly descr: string;
  readonly shape: readonly number[];
}

const MAGIC = Buffer.from('\x93NUMPY', 'latin1');
/** numpy's own limit (`max_header_size`): it refuses longer headers too. */
const MAX_HEADER_BYTES = 10_000;
/** As many as numpy has had in all its versions. */
const MAX_DIMENSIONS = 32;
const ALIGNMENT = 64;
const PICKLED =
  'It holds pickled Python objects (dtype object), which are never loaded: allow_pickle is False.';

/**
 * Reads an npy header, version 1, 2 or 3, off the start of an array's bytes. Throws
 * {@link MalformedFile}; so do objects, whose data is a pickle.
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export async function readNpyHeader(cursor: ByteCursor): Promise<NpyHeader> {
  const prefix = await cursor.takeUpTo(8);
  if (!prefix.subarray(0, MAGIC.length).equals(MAGIC) || prefix.length < 8) {
    throw new MalformedFile('It does not begin like a numpy array.');
  }
  const [version, minor] = [prefix.readUInt8(6), prefix.readUInt8(7)];
  if (version < 1 || version > 3 || minor !== 0) {
    throw new MalformedFile(
      `Its npy format version ${version}.${minor} is unknown; 1.0, 2.0 and 3.0 are read.`,
    );
  }
  const lengthBytes = version === 1 ? 2 : 4;
  const length = (await cursor.take(lengthBytes)).readUIntLE(0, lengthBytes);
  if (length > MAX_HEADER_BYTES) {
    throw new MalformedFile(
      `Its npy header is ${length} bytes long; numpy reads at most ${MAX_HEADER_BYTES}.`,
    );
  }
  return parseHeader((await cursor.take(length)).toString('latin1'), 8 + lengthBytes + length);
}

function parseHeader(text: string, headerBytes: number): NpyHeader {
  const { descr, fortran_order: order, shape: lengths } = readDict(text);
  const dtype = parseDtype(descr.slice(1, -1));
  if (dtype.kind === 'O') {
    throw new MalformedFile(PICKLED, { fix: 'Save strings as `numpy.array(ids, dtype="U")`.' });
  }
  const shape = readShape(lengths);
  const dataBytes = shape.reduce((product, length) => product * length, dtype.itemSize);
  if (!Number.isSafeInteger(dataBytes)) {
    throw new MalformedFile(`Its shape (${shape.join(', ')}) is impossibly large.`);
  }
  return { dtype, fortranOrder: order === 'True', shape, headerBytes, dataBytes };
}

/** How a field of the header is written; `runtime/vsc_runtime/npy.py` has the same expression. */
const FIELD =
  /[ \n]*(?:'(\w+)'|"(\w+)")[ ]*:[ ]*(\[.*\]|'[^'\\\n]*'|"[^"\\\n]*"|True|False|\([0-9L, ]*\))[ ]*(?:,|$)[ \n]*/gsy;

/**
 * The dict that an npy header is, each value as it is written. No more of Python is read than what
 * writers of such files use, where numpy asks `ast.literal_eval`. Throws {@link MalformedFile} on
 * anything else, and on records and objects.
 */
function readDict(text: string): Readonly<Record<'descr' | 'fortran_order' | 'shape', string>> {
  const body = /^[ ]*\{(.*)\}[ \n]*$/s.exec(text)?.[1];
  const found = [...(body ?? '').matchAll(FIELD)];
  const end = found.reduce((sum, [field]) => sum + field.length, 0);
  if (body === undefined || end < body.length) {
    throw new MalformedFile(`Its header can't be read at ${quoted((body ?? text).slice(end))}.`);
  }
  const fields = new Map(found.map(([, key, same, value = '']) => [key ?? same, value]));
  const [descr = '', order = '', shape = ''] = ['descr', 'fortran_order', 'shape'].map((key) =>
    fields.get(key),
  );
  const isDict = /^['"[]/.test(descr) && /^[TF]/.test(order) && shape.startsWith('(');
  if (found.length !== 3 || !isDict) {
    throw new MalformedFile('Its npy header is not a dict of descr, fortran_order and shape.');
  }
  if (descr.startsWith('[')) {
    if (descr.includes('O')) throw new MalformedFile(PICKLED);
    throw new MalformedFile('Its elements are records (a structured dtype), not plain values.');
  }
  return { descr, fortran_order: order, shape };
}

/** The lengths in a tuple; `(3)` is none. */
function readShape(tuple: string): readonly number[] {
  const written = tuple.slice(1, -1).split(',');
  const isOne = written.length > 1;
  if (written.at(-1)?.trim() === '') written.pop();
  const shape = written.map((length) =>
    /^ *(?:0|[1-9][0-9]{0,15})L? *$/.test(length) ? Number.parseInt(length, 10) : Number.NaN,
  );
  const isPossible = shape.length <= MAX_DIMENSIONS && shape.every(Number.isSafeInteger);
  if (isPossible && (isOne || shape.length === 0)) return shape;
  throw new MalformedFile('Its npy header has a shape that is no tuple of lengths.');
}

/** The bytes of an npy header, version 1, as numpy writes it: padded so that the data is aligned. */
export function formatNpyHeader({ descr, shape }: NpyLayout): Buffer {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const padded = Math.ceil((MAGIC.length + 4 + text.length + 1) / ALIGNMENT) * ALIGNMENT;
  const header = Buffer.alloc(padded, ' ', 'latin1');
  MAGIC.copy(header);
  header.writeUInt16LE(0x0001, 6);
  header.writeUInt16LE(padded - MAGIC.length - 4, 8);
  header.write(text, 10, 'latin1');
  header.write('\n', padded - 1, 'latin1');
  return header;
}

const FLOATS: Readonly<Record<number, string>> = { 2: 'float16', 4: 'float32', 8: 'float64' };
/** Bytes that an element of these kinds may have; the others take any number. */
const WIDTHS: Readonly<Record<string, readonly number[]>> = {
  b: [1],
  i: [1, 2, 4, 8],
  u: [1, 2, 4, 8],
  f: [2, 4, 8, 16],
  c: [8, 16, 32],
  M: [8],
  m: [8],
};
const LARGEST_ITEM = 2 ** 31 - 1;
const DTYPE =
  /^([<>|=]?)(?:(O)|([biufcUSV])(0|[1-9][0-9]{0,9})|([Mm])(8)(?:\[(?:Y|M|W|D|h|m|s|ms|us|ns|ps|fs|as)\])?)$/;

/**
 * Reads a simple dtype string, e.g. `<f4`, `>U7`, `|S7` or `|O`. Throws {@link MalformedFile} on
 * others.
 * @see https://numpy.org/doc/stable/reference/arrays.interface.html, typestr
 */
export function parseDtype(descr: string): Dtype {
  const match = DTYPE.exec(descr);
  if (match === null) throw new MalformedFile(`Its dtype ${quoted(descr)} is unknown.`);
  const [, order = '', object, simple, simpleSize, time, timeSize] = match;
  const kind = object ?? simple ?? time ?? '';
  const count = object === undefined ? Number(simpleSize ?? timeSize) : 8;
  const itemSize = kind === 'U' ? 4 * count : count;
  // Of elements without bytes there could be any number.
  const isPossible = itemSize > 0 && itemSize <= LARGEST_ITEM;
  if (!isPossible || !(WIDTHS[kind]?.includes(itemSize) ?? true)) {
    throw new MalformedFile(`Its dtype ${quoted(descr)} is impossible.`);
  }
  return { descr, kind, itemSize, bigEndian: order === '>' && itemSize > 1 };
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
