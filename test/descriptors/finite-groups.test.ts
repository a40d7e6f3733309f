import { afterEach, describe, expect, it, vi } from 'vitest';
import { finiteGroups } from '../../src/descriptors/finite-groups.ts';
import { parseDtype } from '../../src/descriptors/npy.ts';
import { findNonFinite } from '../../src/descriptors/scan.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

/** The largest finite number and the smallest that is none, both without a sign. */
const bits = {
  2: [0x7bff, 0x7c00],
  4: [0x7f7fffff, 0x7f800000],
  8: [0x7fefffff, 0x7ff00000],
} as const;
const sizes = [2, 4, 8] as const;

function put(bytes: Uint8Array, at: number, size: 2 | 4 | 8, value: number) {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (size === 2) view.setUint16(at * 2, value, true);
  else view.setUint32(at * size + size - 4, value, true);
}

/** Finite numbers whose bits are set wherever they may be. */
function filled(length: number, size: 2 | 4 | 8) {
  const bytes = new Uint8Array(length).fill(0xff);
  for (let at = 0; at + 1 <= length / size; at += 1) put(bytes, at, size, bits[size][0]);
  return bytes;
}

describe('finiteGroups', () => {
  it.each(sizes)('ends before the group with the first of %i bytes', (size) => {
    const finiteBytes = finiteGroups();
    for (const sign of [0, size === 2 ? 0x8000 : 0x8000_0000]) {
      for (let at = 0; at < 256 / size; at += 1) {
        const bytes = filled(256, size);
        expect(finiteBytes(bytes, size)).toBe(256);
        put(bytes, at, size, bits[size][1] + sign);
        expect(finiteBytes(bytes, size)).toBe(Math.floor((at * size) / 64) * 64);
      }
    }
  });

  it('looks at whole groups only, of as much as there is, wherever it lies in memory', () => {
    const finiteBytes = finiteGroups();
    for (const length of [0, 32, 64, 127, 2 ** 18, 2 ** 18 + 64, 700_000]) {
      const bytes = filled(length + 8, 4);
      expect(finiteBytes(bytes.subarray(4, 4 + length), 4)).toBe(length - (length % 64));
    }
    const far = filled(700_032, 4);
    put(far, 150_000, 4, bits[4][1]);
    expect(finiteBytes(far, 4)).toBe(600_000);
  });

  it('is certain of nothing without WebAssembly, and nothing is overlooked', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    for (const size of sizes) {
      const bytes = filled(size * 1000, size);
      put(bytes, 999, size, bits[size][1]);
      expect(finiteGroups()(bytes, size)).toBe(0);
      const layout = {
        dtype: parseDtype(`<f${size}`),
        rows: 100,
        columns: 10,
        fortranOrder: false,
      };
      const found = await findNonFinite(
        (async function* () {
          yield bytes;
        })(),
        layout,
      );
      expect(found).toMatchObject({ row: 99, column: 9 });
    }
  });
});
