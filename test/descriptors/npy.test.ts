import { describe, expect, it } from 'vitest';
import { ByteCursor } from '../../src/descriptors/byte-cursor.ts';
import { MalformedFile } from '../../src/descriptors/malformed.ts';
import {
  dtypeName,
  formatNpyHeader,
  isFloat32,
  parseDtype,
  readNpyHeader,
} from '../../src/descriptors/npy.ts';
import { makeNpyWithHeader } from './support.ts';

function read(bytes: Uint8Array) {
  const chunks = (async function* () {
    for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
  })();
  return readNpyHeader(new ByteCursor(chunks));
}

const readText = (text: string, version = 1) =>
  read(makeNpyWithHeader(text, Buffer.alloc(0), version));

const shaped = (shape: string, descr = "'<f4'") =>
  `{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}}`;

/** Holds that the bytes are called malformed in these words, and returns that error. */
async function expectRefusal(reading: Promise<unknown>, message: string) {
  const error = await reading.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(MalformedFile);
  expect(error).toMatchObject({ message });
  return error;
}

describe('an npy header', () => {
  it.each([1, 2, 3])('of version %i is read', async (version) => {
    const text = "{'descr': '<f4', 'fortran_order': False, 'shape': (470, 16), }     \n";
    const header = await readText(text, version);
    expect(header).toMatchObject({
      fortranOrder: false,
      shape: [470, 16],
      dataBytes: 470 * 16 * 4,
    });
    expect(header.dtype).toEqual({ descr: '<f4', kind: 'f', itemSize: 4, bigEndian: false });
    expect(header.headerBytes).toBe((version === 1 ? 10 : 12) + text.length);
  });

  it.each([
    ['no dimensions', "{'descr': '<f8', 'fortran_order': False, 'shape': (), }", [], 8],
    ['one dimension', "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }", [3], 24],
    ['Python 2', "{'descr': '<f8', 'fortran_order': False, 'shape': (3L, 2L), }", [3, 2], 48],
    [
      'another order and quotes',
      '{"shape": (0, 2), "fortran_order": False, "descr": "<U7"}',
      [0, 2],
      0,
    ],
    ['spaces', " { 'descr' : '<f4' ,'fortran_order':False,\n'shape' : ( 3 ,2 ) }  \n", [3, 2], 24],
    ['32 dimensions', shaped(`(${'1, '.repeat(32)})`), Array(32).fill(1), 4],
    [
      'as many rows as can be counted',
      shaped('(2251799813685247,)'),
      [2251799813685247],
      2 ** 53 - 4,
    ],
    ['the most bytes that numpy reads', shaped('(1,)').padEnd(10_000), [1], 4],
  ])('may have %s', async (_, text, shape, dataBytes) => {
    expect(await readText(text)).toMatchObject({ shape, dataBytes, fortranOrder: false });
  });

  it('may have its data by columns', async () => {
    const text = "{'descr': '<f8', 'fortran_order': True, 'shape': (3, 2), }";
    expect(await readText(text)).toMatchObject({ shape: [3, 2], fortranOrder: true });
  });

  it.each([
    ['<U7', [12], 128, "{'descr': '<U7', 'fortran_order': False, 'shape': (12,), }"],
    ['<f4', [12, 16], 128, "{'descr': '<f4', 'fortran_order': False, 'shape': (12, 16), }"],
    ['<f4', [], 128, "{'descr': '<f4', 'fortran_order': False, 'shape': (), }"],
  ])('of %s and %j is written as numpy writes it', async (descr, shape, headerBytes, text) => {
    const bytes = formatNpyHeader({ descr, shape });
    const length = Buffer.from([headerBytes - 10, 0]).toString('latin1');
    const padded = `${text.padEnd(headerBytes - 11)}\n`;
    expect(bytes.toString('latin1')).toBe(`\x93NUMPY\x01\x00${length}${padded}`);
    expect(await read(bytes)).toMatchObject({ shape, headerBytes });
  });

  const noArray = 'It does not begin like a numpy array.';
  const version = (found: string) =>
    `Its npy format version ${found} is unknown; 1.0, 2.0 and 3.0 are read.`;

  it.each([
    ['no header', 'hello world', noArray],
    ['nothing', '', noArray],
    ['no version', '\x93NUMPY\x01', noArray],
    ['a version before the first', '\x93NUMPY\x00\x00\x00\x00', version('0.0')],
    ['a version to come', '\x93NUMPY\x04\x00\x00\x00\x00\x00', version('4.0')],
    ['a minor version to come', '\x93NUMPY\x01\x01\x00\x00', version('1.1')],
    [
      'a gigabyte',
      '\x93NUMPY\x02\x00\x00\x00\x00\x40',
      'Its npy header is 1073741824 bytes long; numpy reads at most 10000.',
    ],
    [
      'a byte too many',
      '\x93NUMPY\x01\x00\x11\x27',
      'Its npy header is 10001 bytes long; numpy reads at most 10000.',
    ],
    [
      'a header cut short',
      "\x93NUMPY\x01\x00\x10\x00{'des",
      'It is cut off: 16 bytes were expected, 5 are there.',
    ],
  ])('is refused: %s', async (_, bytes, message) => {
    await expectRefusal(read(Buffer.from(bytes, 'latin1')), message);
  });

  const unread = (where: string) => `Its header can't be read at "${where}".`;
  const noDict = 'Its npy header is not a dict of descr, fortran_order and shape.';
  const noTuple = 'Its npy header has a shape that is no tuple of lengths.';
  const unknown = (dtype: string) => `Its dtype "${dtype}" is unknown.`;
  const impossible = (dtype: string) => `Its dtype "${dtype}" is impossible.`;

  it.each([
    ['negative', shaped('(-1, 16)'), unread("'shape': (-1, 16)")],
    ['beyond 2⁵³', shaped('(9007199254740992,)'), noTuple],
    [
      'a product beyond 2⁵³',
      shaped('(2000000000, 2000000000)'),
      'Its shape (2000000000, 2000000000) is impossibly large.',
    ],
    ['33 dimensions', shaped(`(${'1, '.repeat(33)})`), noTuple],
    ['a number in parentheses', shaped('(3)'), noTuple],
    ['a list', shaped('[3, 2]'), noDict],
    ['a truth value', shaped('(True, 2)'), unread("'shape': (True, 2)")],
    ['an underscore', shaped('(1_0,)'), unread("'shape': (1_0,)")],
    ['octal', shaped('(010,)'), noTuple],
    ['two commas', shaped('(1,,)'), noTuple],
    ['two numbers without a comma', shaped('(1 2,)'), noTuple],
    ['a number that is long twice', shaped('(1LL,)'), noTuple],
    [
      'a key twice',
      "{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': (1,)}",
      noDict,
    ],
    [
      'a key twice, and all that there have to be',
      "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}",
      noDict,
    ],
    [
      'a string in two parts',
      shaped('(1,)', "'<f' '4'"),
      unread("'descr': '<f' '4', 'fortran_order': Fals…"),
    ],
    [
      'an escape',
      shaped('(1,)', "'\\x3cf4'"),
      unread("'descr': '\\\\x3cf4', 'fortran_order': Fal…"),
    ],
    ['a comment', shaped('(1,)  # so many'), unread("'shape': (1,)  # so many")],
    ['a float without a size', shaped('(1,)', "'<f'"), unknown('<f')],
    ['a time without a unit that there is', shaped('(1,)', "'<M8[x]'"), unknown('<M8[x]')],
    ['a fraction', shaped('(1.5,)'), unread("'shape': (1.5,)")],
    ['an expression', shaped('(2**62,)'), unread("'shape': (2**62,)")],
    ['a call', shaped('exit()'), unread("'shape': exit()")],
    ['nested deeply', shaped('('.repeat(4000)), unread(`'shape': ${'('.repeat(31)}…`)],
    ['no key', "{'descr': '<f4', 'fortran_order': False}", noDict],
    ['another key', "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': True}", noDict],
    ['a key of another name', "{'descr': '<f4', 'order': False, 'shape': (1,)}", noDict],
    ['no dict', "['<f4']", unread("['<f4']")],
    [
      'text behind it',
      `${shaped('(1,)')} + 1`,
      unread("{'descr': '<f4', 'fortran_order': False,…"),
    ],
    [
      'text before it',
      `dict${shaped('(1,)')}`,
      unread("dict{'descr': '<f4', 'fortran_order': Fa…"),
    ],
    [
      'an order that is no truth value',
      "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}",
      unread("'fortran_order': 0, 'shape': (1,)"),
    ],
    ['an order in quotes', "{'descr': '<f4', 'fortran_order': 'False', 'shape': (1,)}", noDict],
    ['a shape in quotes', shaped("'(1,)'"), noDict],
    ['a dtype that is no text', shaped('(1,)', 'True'), noDict],
    [
      'records',
      shaped('(1,)', "[('x', '<f4'), ('y', '<i4')]"),
      'Its elements are records (a structured dtype), not plain values.',
    ],
    ['an unknown dtype', shaped('(1,)', "'<q9'"), unknown('<q9')],
    ['a dtype with more behind it', shaped('(1,)', "'<f4x'"), unknown('<f4x')],
    ['strings of a gigabyte', shaped('(1,)', "'<U536870912'"), impossible('<U536870912')],
    ['floats of 3 bytes', shaped('(1,)', "'<f3'"), impossible('<f3')],
    ['any number of empty strings', shaped('(1099511627776,)', "'<U0'"), impossible('<U0')],
    ['any number of nothings', shaped('(1099511627776,)', "'|V0'"), impossible('|V0')],
  ])('is refused: %s', async (_, text, message) => {
    await expectRefusal(readText(text), message);
  });

  it.each([
    ['objects', "'|O'", 'Save strings as `numpy.array(ids, dtype="U")`.'],
    ['records with objects', "[('x', '|O')]", undefined],
  ])('never leads to a pickle: %s', async (_, descr, fix) => {
    const message =
      'It holds pickled Python objects (dtype object), which are never loaded: allow_pickle is False.';
    expect(await expectRefusal(readText(shaped('(1,)', descr)), message)).toMatchObject({ fix });
  });
});

describe('a dtype', () => {
  it.each([
    ['<f4', 'float32', true],
    ['>f4', '>f4', false],
    ['<f8', 'float64', false],
    ['<f2', 'float16', false],
    ['<i8', '<i8', false],
    ['|S7', '|S7', false],
    ['<U7', '<U7', false],
    ['|b1', '|b1', false],
    ['<i4', '<i4', false],
    ['|O', 'object', false],
    ['>f8', '>f8', false],
  ])('%s is called %s', (descr, name, float32) => {
    expect(dtypeName(parseDtype(descr))).toBe(name);
    expect(isFloat32(parseDtype(descr))).toBe(float32);
  });

  it.each([
    ['>f4', 'f', 4, true],
    ['>i1', 'i', 1, false],
    ['>U1', 'U', 4, true],
    ['|S2147483647', 'S', 2 ** 31 - 1, false],
    ['<M8[ns]', 'M', 8, false],
    ['>m8', 'm', 8, true],
    ['|O', 'O', 8, false],
    ['c16', 'c', 16, false],
  ])('%s is of kind %s, %i bytes; big-endian: %s', (descr, kind, itemSize, bigEndian) => {
    expect(parseDtype(descr)).toEqual({ descr, kind, itemSize, bigEndian });
  });
});
