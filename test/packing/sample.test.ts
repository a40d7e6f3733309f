import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { worthwhile } from '../../src/packing/sample.ts';
import { folderWith } from '../support/folder.ts';
import { noise, normals } from '../support/noise.ts';

const numbers = normals(250_000);
const bytesOf = ({ buffer }: { readonly buffer: ArrayBufferLike }) => Buffer.from(buffer);
const float32 = bytesOf(Float32Array.from(numbers));
const ids = Buffer.from(
  'Q\0\0\x001\0\0\x000\0\0\x000\0\0\x000\0\0\x000\0\0\x001\0\0\0'.repeat(5_000),
);
const source = readFileSync(new URL(import.meta.url));

describe('worthwhile', () => {
  it.each([
    ['noise', noise(1e6), undefined, undefined],
    ['normal float32', float32, undefined, 'smallest'],
    ['the same behind ids, as in an npz', Buffer.concat([ids, float32]), undefined, 'smallest'],
    [
      'float32 widened to float64',
      bytesOf(Float64Array.from(new Float32Array(float32.buffer))),
      'fast',
      'smallest',
    ],
    [
      'half of it zero',
      bytesOf(Float32Array.from(numbers, (it) => Math.max(it, 0))),
      'fast',
      'smallest',
    ],
    ['rounded to 8 bits', bytesOf(Int8Array.from(numbers, (it) => 30 * it)), 'fast', 'smallest'],
    ['base64', Buffer.from(noise(750_000).toString('base64')), 'fast', 'smallest'],
    ['source text', Buffer.alloc(1e6, source), 'fast', 'smallest'],
    ['zeros', Buffer.alloc(1e6), 'fast', 'smallest'],
    ['a little noise', noise(100), 'fast', 'smallest'],
    ['nothing', Buffer.alloc(0), 'fast', 'smallest'],
  ])('tells of %s whether it gets smaller', async (_, bytes, fast, smallest) => {
    const path = join(await folderWith(), 'file');
    await writeFile(path, bytes);
    expect(await worthwhile('fast', path, bytes.length)).toBe(fast);
    expect(await worthwhile('smallest', path, bytes.length)).toBe(smallest);
  });
});
