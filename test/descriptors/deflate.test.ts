import { readFileSync } from 'node:fs';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { deflated, type Effort } from '../../src/descriptors/deflate.ts';
import { noise, normals } from '../support/noise.ts';

const MiB = 1024 * 1024;
const source = readFileSync(new URL(import.meta.url));
const text = (bytes: number) => Buffer.alloc(bytes, source);
const base64 = (bytes: number) => Buffer.from(noise(bytes).toString('base64').slice(0, bytes));

async function* inPieces(bytes: Buffer, length: number) {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

async function deflate(
  bytes: Buffer,
  { effort = 'fast' as Effort, by = bytes.length || 1, atOnce = 8 } = {},
): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of deflated(inPieces(bytes, by), effort, undefined, atOnce))
    parts.push(part);
  return Buffer.concat(parts);
}

describe('deflated', () => {
  it.each([0, 1, 65_535, MiB - 1, MiB, MiB + 1, 3 * MiB])(
    'gives one stream of %i bytes that inflates to them',
    async (length) => {
      const bytes = Buffer.concat([text(length >> 1), base64(length - (length >> 1))]);
      for (const effort of ['fast', 'smallest'] as const) {
        expect(inflateRawSync(await deflate(bytes, { effort })).equals(bytes)).toBe(true);
      }
    },
  );

  it('gives the same bytes with 1, 2 and 8 blocks under way, and in whatever pieces they come', async () => {
    const bytes = Buffer.concat([text(2_500_000), base64(3 * MiB), noise(MiB), text(70_001)]);
    for (const effort of ['fast', 'smallest'] as const) {
      const one = await deflate(bytes, { effort, atOnce: 1 });
      for (const how of [
        { atOnce: 2 },
        { atOnce: 8 },
        { by: 100_003 },
        { by: MiB + 7, atOnce: 3 },
      ]) {
        expect((await deflate(bytes, { effort, ...how })).equals(one)).toBe(true);
      }
    }
  });

  const huffman = { strategy: constants.Z_HUFFMAN_ONLY, memLevel: 9 };
  const floats = Buffer.from(Float32Array.from(normals(2 ** 17)).buffer);
  const changing = Buffer.concat(
    Array.from({ length: 60 }, (_, at) =>
      at % 2 === 0
        ? base64(8192)
        : Buffer.alloc(
            8192,
            noise(512).map((it) => it >> (at % 7)),
          ),
    ),
  );

  it.each([
    ['source text', 'fast', text(500_000), { level: 4 }],
    ['source text', 'smallest', text(500_000), { level: 7, memLevel: 9 }],
    ['what is too short to be sampled', 'fast', base64(60_000), { level: 4 }],
    ['base64', 'fast', base64(500_000), huffman],
    ['base64', 'smallest', base64(500_000), huffman],
    ['float32', 'smallest', floats, huffman],
    ['what changes often', 'smallest', changing, { level: 7, memLevel: 7 }],
    ['zeros', 'fast', Buffer.alloc(500_000), { level: 4 }],
  ] as const)('takes for %s, %s, what is best for it', async (_, effort, bytes, options) => {
    expect((await deflate(bytes, { effort })).equals(deflateRawSync(bytes, options))).toBe(true);
  });

  it('chooses for each block anew', async () => {
    const bytes = Buffer.concat([text(MiB), base64(MiB), text(MiB)]);
    expect((await deflate(bytes)).length).toBeLessThan(0.28 * bytes.length);
  });

  it('finds what stood before a block', async () => {
    const piece = noise(16_384);
    const bytes = Buffer.alloc(2 * MiB, piece);
    expect((await deflate(bytes)).length).toBeLessThan(2 * piece.length);
  });

  it('ends with what its source throws', async () => {
    async function* failing() {
      yield base64(3 * MiB);
      throw new Error('the disk is gone');
    }
    const all = async () => {
      for await (const _ of deflated(failing(), 'fast'));
    };
    await expect(all()).rejects.toThrow('the disk is gone');
  });
});
