import { describe, expect, it } from 'vitest';
import { parseDtype } from '../../src/descriptors/npy.ts';
import { canScan, findNonFinite } from '../../src/descriptors/scan.ts';

const rows = 37;
const columns = 5;
const kinds = {
  '<f2': { size: 2, one: 0x3c00, nan: 0x7e01, inf: 0x7c00, largest: 0x7bff },
  '<f4': { size: 4, one: 0x3f800000, nan: 0x7fc00001, inf: 0x7f800000, largest: 0x7f7fffff },
  '<f8': { size: 8, one: 0x3ff00000, nan: 0x7ff80000, inf: 0x7ff00000, largest: 0x7fefffff },
} as const;

type Kind = keyof typeof kinds;

/** A matrix of ones with these items, by the upper bits of their representation. */
function matrix(kind: Kind, bigEndian: boolean, items: Readonly<Record<number, number>>): Buffer {
  const { size, one } = kinds[kind];
  const data = Buffer.alloc(rows * columns * size);
  for (let at = 0; at < rows * columns; at += 1) {
    const bits = items[at] ?? one;
    if (size === 2) data.writeUInt16LE(bits, at * 2);
    else data.writeUInt32LE(bits, at * size + size - 4);
  }
  if (!bigEndian) return data;
  if (size === 2) return data.swap16();
  return size === 4 ? data.swap32() : data.swap64();
}

async function* inPieces(data: Buffer, length: number) {
  for (let at = 0; at < data.length; at += length) yield data.subarray(at, at + length);
}

function find(
  kind: Kind,
  data: Buffer,
  options: { big?: boolean; fortran?: boolean; by?: number },
) {
  const dtype = parseDtype(options.big ? kind.replace('<', '>') : kind);
  const layout = { dtype, rows, columns, fortranOrder: options.fortran ?? false };
  return findNonFinite(inPieces(data, options.by ?? data.length), layout);
}

describe.each(Object.keys(kinds) as Kind[])('%s', (kind) => {
  const { nan, inf, largest, size } = kinds[kind];
  const sign = size === 2 ? 0x8000 : 0x80000000;

  it('finds nothing in finite numbers, up to the largest', async () => {
    const items = { 3: largest, 9: (largest | sign) >>> 0, 11: 0, 12: 1, 13: sign };
    expect(await find(kind, matrix(kind, false, items), {})).toBeUndefined();
  });

  it.each([1, 3, 64, 1000])('finds each place, in pieces of %i bytes', async (by) => {
    for (const big of [false, true]) {
      for (const at of [0, 1, 4, 100, rows * columns - 1]) {
        const found = await find(kind, matrix(kind, big, { [at]: nan }), { big, by });
        expect(found).toEqual({
          row: Math.floor(at / columns),
          column: at % columns,
          value: 'NaN',
        });
      }
    }
  });

  it('tells what it is', async () => {
    const value = async (bits: number) =>
      (await find(kind, matrix(kind, false, { 8: bits }), {}))?.value;
    expect(await value(inf)).toBe('inf');
    expect(await value((inf | sign) >>> 0)).toBe('-inf');
    expect(await value((nan | sign) >>> 0)).toBe('NaN');
  });

  it('finds the first in row order in a matrix stored by columns', async () => {
    const at = (row: number, column: number) => column * rows + row;
    const items = { [at(30, 0)]: nan, [at(7, 2)]: inf, [at(7, 4)]: nan, [at(9, 1)]: nan };
    const found = await find(kind, matrix(kind, false, items), { fortran: true, by: 50 });
    expect(found).toEqual({ row: 7, column: 2, value: 'inf' });
  });
});

describe('NaN is told from infinity by any bit of its mantissa', () => {
  it.each([
    ['<f2', [0x01, 0x7c]],
    ['<f2', [0x00, 0x7d]],
    ['<f2', [0x00, 0x7e]],
    ['<f4', [0x01, 0, 0x80, 0x7f]],
    ['<f4', [0, 0x01, 0x80, 0x7f]],
    ['<f4', [0, 0, 0xc0, 0x7f]],
    ['<f4', [0, 0, 0x81, 0xff]],
    ['<f8', [0x01, 0, 0, 0, 0, 0, 0xf0, 0x7f]],
    ['<f8', [0, 0, 0, 0x01, 0, 0, 0xf0, 0xff]],
    ['<f8', [0, 0, 0, 0, 0, 0, 0xf8, 0x7f]],
    ['<f8', [0, 0, 0, 0, 0, 0, 0xf1, 0x7f]],
  ] as const)('%s %j', async (kind, bytes) => {
    const data = matrix(kind, false, {});
    Buffer.from(bytes).copy(data, bytes.length);
    expect(await find(kind, data, {})).toEqual({ row: 0, column: 1, value: 'NaN' });
  });
});

it('reads to the end, however early it finds one', async () => {
  let read = 0;
  async function* chunks() {
    for await (const chunk of inPieces(matrix('<f4', false, { 0: 0x7f800000 }), 8)) {
      read += chunk.length;
      yield chunk;
    }
  }
  const layout = { dtype: parseDtype('<f4'), rows, columns, fortranOrder: false };
  expect(await findNonFinite(chunks(), layout)).toEqual({ row: 0, column: 0, value: 'inf' });
  expect(read).toBe(rows * columns * 4);
});

it.each([
  ['<f2', true],
  ['>f4', true],
  ['<f8', true],
  ['<f16', false],
  ['<i4', false],
])('scans %s: %s', async (descr, can) => {
  const dtype = parseDtype(descr);
  expect(canScan(dtype)).toBe(can);
  if (dtype.itemSize !== 16) return;
  const layout = { dtype, rows: 1, columns: 1, fortranOrder: false };
  await expect(findNonFinite(inPieces(Buffer.alloc(16), 16), layout)).rejects.toThrow(
    'no scan for items of 16 bytes',
  );
});
