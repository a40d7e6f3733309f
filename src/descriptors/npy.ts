import type { ByteCursor } from './byte-cursor.ts';
import { type Dtype, parseDtype } from './dtype.ts';
import { MalformedFile } from './malformed.ts';
import { type PythonValue, parsePythonLiteral } from './python-literal.ts';

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
