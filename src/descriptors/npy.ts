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
const KEYS = ['descr', 'fortran_order', 'shape'];
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

/** The bytes of an npy header, version 1, as numpy writes it: padded so that the data is aligned. */
export function formatNpyHeader({ descr, shape }: NpyLayout): Buffer {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const unpadded = MAGIC.length + 4 + text.length + 1;
  const padded = Math.ceil(unpadded / ALIGNMENT) * ALIGNMENT;
  const header = Buffer.alloc(padded, ' ', 'latin1');
  MAGIC.copy(header);
  header.writeUInt16LE(0x0001, 6);
  header.writeUInt16LE(padded - MAGIC.length - 4, 8);
  header.write(text, 10, 'latin1');
  header.write('\n', padded - 1, 'latin1');
  return header;
}

function parseHeader(text: string, headerBytes: number): NpyHeader {
  const fields = parsePythonLiteral(text);
  if (!(fields instanceof Map) || KEYS.some((key) => !fields.has(key)) || fields.size !== 3) {
    throw new MalformedFile('Its npy header is not a dict of descr, fortran_order and shape.');
  }
  const dtype = asDtype(fields.get('descr'));
  const shape = asShape(fields.get('shape'));
  const fortranOrder = fields.get('fortran_order');
  if (typeof fortranOrder !== 'boolean') {
    throw new MalformedFile('Its npy header has a fortran_order that is neither True nor False.');
  }
  const dataBytes = shape.reduce((product, length) => product * length, dtype.itemSize);
  if (!Number.isSafeInteger(dataBytes)) {
    throw new MalformedFile(`Its shape (${shape.join(', ')}) is impossibly large.`);
  }
  return { dtype, fortranOrder, shape, headerBytes, dataBytes };
}

function asDtype(descr: PythonValue | undefined): Dtype {
  if (Array.isArray(descr)) {
    if (JSON.stringify(descr).includes('O')) throw new MalformedFile(PICKLED);
    throw new MalformedFile('Its elements are records (a structured dtype), not plain values.');
  }
  if (typeof descr !== 'string') throw new MalformedFile('Its npy header has no dtype.');
  const dtype = parseDtype(descr);
  if (dtype.kind === 'O') {
    throw new MalformedFile(PICKLED, { fix: 'Save strings as `numpy.array(ids, dtype="U")`.' });
  }
  return dtype;
}

function asShape(shape: PythonValue | undefined): readonly number[] {
  const isLength = (length: PythonValue): length is number =>
    typeof length === 'number' && Number.isSafeInteger(length) && length >= 0;
  if (!Array.isArray(shape) || !shape.every(isLength) || shape.length > MAX_DIMENSIONS) {
    throw new MalformedFile('Its npy header has a shape that is no tuple of lengths.');
  }
  return shape;
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

/** What a Python literal of strings, integers, booleans, tuples, lists and dicts becomes. */
export type PythonValue =
  | string
  | number
  | boolean
  | null
  | readonly PythonValue[]
  | ReadonlyMap<string, PythonValue>;

const TOKEN =
  /\s*(?:(?<punctuation>[{}()[\],:])|[uU]?(?<quoted>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")|(?<integer>-?\d{1,16})L?(?![\w.])|(?<word>True|False|None)(?!\w))/y;
const MAX_DEPTH = 8;

/**
 * Reads the literal that an npy header is, as numpy does with `ast.literal_eval`, and nothing more
 * of Python than such headers use. Throws {@link MalformedFile} on anything else.
 */
function parsePythonLiteral(text: string): PythonValue {
  const reader = new LiteralReader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

class LiteralReader {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): PythonValue {
    if (depth > MAX_DEPTH) throw this.#unexpected();
    const token = this.#next();
    if (token?.quoted !== undefined) return token.quoted.slice(1, -1).replace(/\\(.)/g, '$1');
    if (token?.integer !== undefined) return Number(token.integer);
    if (token?.word !== undefined) return token.word === 'None' ? null : token.word === 'True';
    if (token?.punctuation === '(') return this.#items(')', depth);
    if (token?.punctuation === '[') return this.#items(']', depth);
    if (token?.punctuation === '{') return this.#pairs(depth);
    throw this.#unexpected();
  }

  end(): void {
    if (this.#text.slice(this.#position).trim() !== '') throw this.#unexpected();
  }

  /** `(3)` reads as a tuple of one too: no header has a number in parentheses. */
  #items(close: string, depth: number): readonly PythonValue[] {
    const items: PythonValue[] = [];
    while (!this.#skip(close)) {
      items.push(this.value(depth + 1));
      if (!this.#skip(',') && !this.#at(close)) throw this.#unexpected();
    }
    return items;
  }

  #pairs(depth: number): ReadonlyMap<string, PythonValue> {
    const pairs = new Map<string, PythonValue>();
    while (!this.#skip('}')) {
      const key = this.value(depth + 1);
      if (typeof key !== 'string' || !this.#skip(':')) throw this.#unexpected();
      pairs.set(key, this.value(depth + 1));
      if (!this.#skip(',') && !this.#at('}')) throw this.#unexpected();
    }
    return pairs;
  }

  #next(): Record<string, string | undefined> | undefined {
    TOKEN.lastIndex = this.#position;
    const groups = TOKEN.exec(this.#text)?.groups;
    if (groups !== undefined) this.#position = TOKEN.lastIndex;
    return groups;
  }

  #at(punctuation: string): boolean {
    const position = this.#position;
    const found = this.#next()?.punctuation === punctuation;
    this.#position = position;
    return found;
  }

  #skip(punctuation: string): boolean {
    const position = this.#position;
    if (this.#next()?.punctuation === punctuation) return true;
    this.#position = position;
    return false;
  }

  #unexpected(): MalformedFile {
    const rest = JSON.stringify(this.#text.slice(this.#position, this.#position + 20));
    return new MalformedFile(`The array's header can't be read at ${rest}.`);
  }
}
