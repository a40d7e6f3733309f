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
const MAX_DIMENSIONS = 64;
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
  const version = prefix.readUInt8(6);
  if (version < 1 || version > 3) {
    throw new MalformedFile(`Its npy format version ${version} is unknown; 1, 2 and 3 are read.`);
  }
  const lengthBytes = version === 1 ? 2 : 4;
  const length = (await cursor.take(lengthBytes)).readUIntLE(0, lengthBytes);
  if (length > MAX_HEADER_BYTES) {
    throw new MalformedFile(
      `Its npy header is ${length} bytes long; numpy reads at most ${MAX_HEADER_BYTES}.`,
    );
  }
  const text = (await cursor.take(length)).toString(version === 3 ? 'utf8' : 'latin1');
  return parseHeader(text, 8 + lengthBytes + length);
}

function parseHeader(text: string, headerBytes: number): NpyHeader {
  const fields = readDict(text);
  const [descr, order, lengths] = ['descr', 'fortran_order', 'shape'].map((key) => fields.get(key));
  if (fields.size !== 3 || descr === undefined || order === undefined || lengths === undefined) {
    throw new MalformedFile('Its npy header is not a dict of descr, fortran_order and shape.');
  }
  const dtype = readDtype(descr);
  const shape = readShape(lengths);
  if (order !== 'True' && order !== 'False') {
    throw new MalformedFile('Its npy header has a fortran_order that is neither True nor False.');
  }
  const dataBytes = shape.reduce((product, length) => product * length, dtype.itemSize);
  if (!Number.isSafeInteger(dataBytes)) {
    throw new MalformedFile(`Its shape (${shape.join(', ')}) is impossibly large.`);
  }
  return { dtype, fortranOrder: order === 'True', shape, headerBytes, dataBytes };
}

/** A key and its value (a string, a word or number, a tuple, a list), then a comma or the end. */
const FIELD =
  /\s*[uU]?(['"])(?<key>\w+)\1\s*:\s*(?<value>[uU]?'[^'\\\n]*'|[uU]?"[^"\\\n]*"|-?\w+|\([^()]*\)|\[.*\])\s*(?:,|$)\s*/gsy;

/**
 * The dict that an npy header is, each value as it is written. No more of Python is read than such
 * headers use, where numpy asks `ast.literal_eval`. Throws {@link MalformedFile} on anything else.
 */
function readDict(text: string): ReadonlyMap<string, string> {
  const body = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1];
  const found = [...(body ?? '').matchAll(FIELD)];
  const end = found.reduce((sum, [field]) => sum + field.length, 0);
  if (body === undefined || end < body.length) {
    const rest = JSON.stringify((body ?? text).slice(end, end + 20));
    throw new MalformedFile(`The array's header can't be read at ${rest}.`);
  }
  return new Map(found.map(({ groups }) => [groups?.key ?? '', groups?.value ?? '']));
}

function readDtype(written: string): Dtype {
  if (written.startsWith('[')) {
    if (written.includes('O')) throw new MalformedFile(PICKLED);
    throw new MalformedFile('Its elements are records (a structured dtype), not plain values.');
  }
  const descr = /^[uU]?(['"])(.*)\1$/.exec(written)?.[2];
  if (descr === undefined) throw new MalformedFile('Its npy header has no dtype.');
  const dtype = parseDtype(descr);
  if (dtype.kind === 'O') {
    throw new MalformedFile(PICKLED, { fix: 'Save strings as `numpy.array(ids, dtype="U")`.' });
  }
  return dtype;
}

/** `(3)` reads as a tuple of one, and a list as a tuple: neither is in a header that numpy wrote. */
function readShape(written: string): readonly number[] {
  const lengths = /^[([]\s*((?:\d{1,16}L?\s*,\s*)*(?:\d{1,16}L?)?)\s*[)\]]$/.exec(written)?.[1];
  const shape = lengths?.match(/\d+/g)?.map(Number) ?? [];
  const isPossible = shape.every(Number.isSafeInteger) && shape.length <= MAX_DIMENSIONS;
  if (lengths === undefined || !isPossible) {
    throw new MalformedFile('Its npy header has a shape that is no tuple of lengths.');
  }
  return shape;
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
const SIZED_KINDS = 'biufc';
const WIDTHS = [1, 2, 4, 8, 12, 16, 24, 32];
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
  const count = digits === '' && 'OMm'.includes(kind) ? 8 : Number(digits);
  const itemSize = kind === 'U' ? 4 * count : count;
  const isPossible =
    itemSize <= LARGEST_ITEM && (!SIZED_KINDS.includes(kind) || WIDTHS.includes(itemSize));
  if (!isPossible) throw new MalformedFile(`Its dtype ${JSON.stringify(descr)} is impossible.`);
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
