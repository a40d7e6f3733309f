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
    ['no dimensions', "{'descr': '<f8', 'fortran_order': False, 'shape': (), }", []],
    ['one dimension', "{'descr': '<f8', 'fortran_order': True, 'shape': (3,), }", [3]],
    ['Python 2', "{'descr': '<f8', 'fortran_order': False, 'shape': (3L, 2L), }", [3, 2]],
    [
      'another order and quotes',
      '{"shape": (0, 2), "fortran_order": False, "descr": "<U7"}',
      [0, 2],
    ],
  ])('may have %s', async (_, text, shape) => {
    expect((await readText(text)).shape).toEqual(shape);
  });

  it('is written as numpy writes it', async () => {
    const bytes = formatNpyHeader({ descr: '<U7', shape: [12] });
    expect(bytes.length % 64).toBe(0);
    expect(bytes.subarray(0, 10)).toEqual(Buffer.from('\x93NUMPY\x01\x00v\x00', 'latin1'));
    expect(bytes.toString('latin1', 10)).toMatch(
      /^{'descr': '<U7', 'fortran_order': False, 'shape': \(12,\), } +\n$/,
    );
    expect(await read(bytes)).toMatchObject({ shape: [12], headerBytes: 128, dataBytes: 336 });
  });

  it.each([
    ['no header', Buffer.from('hello world')],
    ['nothing', Buffer.alloc(0)],
    ['a version to come', Buffer.from('\x93NUMPY\x04\x00\x00\x00\x00\x00', 'latin1')],
    ['a minor version to come', Buffer.from('\x93NUMPY\x01\x01\x00\x00', 'latin1')],
    ['a gigabyte', Buffer.from('\x93NUMPY\x02\x00\x00\x00\x00\x40', 'latin1')],
    ['a header cut short', makeNpyWithHeader("{'descr': '<f4'", Buffer.alloc(0)).subarray(0, 15)],
  ])('is refused: %s', async (_, bytes) => {
    await expect(read(bytes)).rejects.toThrow(MalformedFile);
  });

  const shaped = (shape: string, descr = "'<f4'") =>
    `{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}}`;

  it.each([
    ['negative', shaped('(-1, 16)')],
    ['beyond 2⁵³', shaped('(9007199254740993,)')],
    ['a product beyond 2⁵³', shaped('(2000000000, 2000000000)')],
    ['33 dimensions', shaped(`(${'1, '.repeat(33)})`)],
    ['a number in parentheses', shaped('(3)')],
    ['a list', shaped('[3, 2]')],
    ['a truth value', shaped('(True, 2)')],
    ['digits of another script', shaped('(٣,)')],
    ['an underscore', shaped('(1_0,)')],
    ['octal', shaped('(010,)')],
    ['two commas', shaped('(1,,)')],
    ['a key twice', "{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': (1,)}"],
    ['a string in two parts', shaped('(1,)', "'<f' '4'")],
    ['an escape', shaped('(1,)', "'\\x3cf4'")],
    ['a comment', shaped('(1,)  # so many')],
    ['a float without a size', shaped('(1,)', "'<f'")],
    ['a time without a unit that there is', shaped('(1,)', "'<M8[x]'")],
    ['a fraction', shaped('(1.5,)')],
    ['an expression', shaped('(2**62,)')],
    ['a call', shaped('exit()')],
    ['nested deeply', shaped('('.repeat(4000))],
    ['no key', "{'descr': '<f4', 'fortran_order': False}"],
    ['another key', "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}"],
    ['no dict', "['<f4']"],
    ['text behind it', `${shaped('(1,)')} + 1`],
    ['an order that is no truth value', "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}"],
    ['records', shaped('(1,)', "[('x', '<f4'), ('y', '<i4')]")],
    ['an unknown dtype', shaped('(1,)', "'<q9'")],
    ['strings of a gigabyte', shaped('(1,)', "'<U999999999'")],
    ['floats of 3 bytes', shaped('(1,)', "'<f3'")],
    ['any number of empty strings', shaped('(1099511627776,)', "'<U0'")],
    ['any number of nothings', shaped('(1099511627776,)', "'|V0'")],
  ])('is refused: %s', async (_, text) => {
    await expect(readText(text)).rejects.toThrow(MalformedFile);
  });

  it.each([
    ['objects', "'|O'"],
    ['records with objects', "[('x', '|O')]"],
  ])('never leads to a pickle: %s', async (_, descr) => {
    await expect(readText(shaped('(1,)', descr))).rejects.toThrow('pickled');
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
  ])('%s is called %s', (descr, name, float32) => {
    expect(dtypeName(parseDtype(descr))).toBe(name);
    expect(isFloat32(parseDtype(descr))).toBe(float32);
  });
});
