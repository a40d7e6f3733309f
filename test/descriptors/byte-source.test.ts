import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { chunksOf, openFileSource, readBytes, sliceOf } from '../../src/descriptors/byte-source.ts';
import { checksumOf } from '../../src/descriptors/checksum.ts';
import { MalformedFile } from '../../src/descriptors/malformed.ts';
import { folderWith } from '../support/folder.ts';
import { bytesSource } from './support.ts';

/** Bytes of which no two places look alike. */
const bytesOf = (length: number) => {
  const words = Uint32Array.from({ length: Math.ceil(length / 4) }, (_, at) => at * 2654435761);
  return Buffer.from(words.buffer, 0, length);
};

async function openWith(content: Uint8Array) {
  const path = join(await folderWith({ file: content }), 'file');
  const source = await openFileSource(path);
  onTestFinished(() => source.close());
  return { path, source };
}

/** All that comes, joined; whoever hands out a piece may use its memory again. */
async function joined(pieces: AsyncIterable<Uint8Array>) {
  const parts: Buffer[] = [];
  for await (const piece of pieces) parts.push(Buffer.from(piece));
  return Buffer.concat(parts);
}

const MEGABYTE = 2 ** 20;

describe('a file', () => {
  it.each([0, 1, 4 * MEGABYTE, 4 * MEGABYTE + 1, 13 * MEGABYTE])(
    'of %i bytes is read in order',
    async (length) => {
      const bytes = bytesOf(length);
      const { source } = await openWith(bytes);
      expect((await joined(chunksOf(source))).equals(bytes)).toBe(true);
    },
  );

  it('is read at any place, and a part of it is as a file', async () => {
    const { source } = await openWith(Buffer.from('0123456789'));
    expect((await readBytes(source, 8, 2)).toString()).toBe('89');
    const part = sliceOf(source, 3, 4);
    expect(part.size).toBe(4);
    expect((await readBytes(part, 1, 3)).toString()).toBe('456');
    expect((await joined(chunksOf(part))).toString()).toBe('3456');
    expect((await readBytes(part, 4, 0)).toString()).toBe('');
  });

  it.each([
    [8, 3],
    [11, 0],
    [-1, 2],
    [5, -1],
  ])('has nothing beyond its end: at %i, %i bytes', async (position, length) => {
    const { source } = await openWith(Buffer.from('0123456789'));
    const message = `The file is cut off: ${length} bytes at offset ${position} are beyond its 10 bytes.`;
    await expect(readBytes(source, position, length)).rejects.toThrow(MalformedFile);
    await expect(readBytes(source, position, length)).rejects.toThrow(message);
    expect(() => sliceOf(source, position, length)).toThrow(message);
    if (length < 0) return;
    await expect(source.read(Buffer.alloc(length), position)).rejects.toThrow(message);
    const all = sliceOf(source, 0, 10);
    await expect(all.read(Buffer.alloc(length), position)).rejects.toThrow(message);
  });

  it('that becomes shorter is told as such', async () => {
    const { path, source } = await openWith(Buffer.from('0123456789'));
    await truncate(path, 5);
    const reading = readBytes(source, 0, 10);
    await expect(reading).rejects.toThrow(MalformedFile);
    await expect(reading).rejects.toThrow('The file became shorter while it was read.');
  });

  it('is read no further once that is interrupted', async () => {
    const { source } = await openWith(bytesOf(9 * MEGABYTE));
    const interruption = new AbortController();
    let bytes = 0;
    const reading = (async () => {
      for await (const chunk of chunksOf(source, interruption.signal)) {
        bytes += chunk.length;
        interruption.abort(new Error('enough'));
      }
    })();
    await expect(reading).rejects.toThrow('enough');
    expect(bytes).toBe(MEGABYTE);
  });
});

describe('a checksum', () => {
  const bytes = bytesOf(1_000);
  const part = (offset: number, size: number) => {
    return { offset, size, crc32: crc32(bytes.subarray(offset, offset + size)) };
  };

  it.each([
    ['nothing', []],
    ['all', [part(0, 1_000)]],
    ['the beginning', [part(0, 1)]],
    ['the end', [part(999, 1)]],
    ['the middle', [part(333, 333)]],
    ['parts in any order', [part(700, 100), part(10, 90), part(100, 5), part(400, 0)]],
  ])('is that of the whole where that of %s is known', async (_, known) => {
    expect(await checksumOf(bytesSource(bytes), known)).toBe(crc32(bytes));
  });

  it('takes what is known as it is, and reads the rest', async () => {
    const damaged = Buffer.from(bytes);
    damaged.writeUInt8(damaged.readUInt8(500) ^ 1, 500);
    expect(await checksumOf(bytesSource(damaged), [part(500, 1)])).toBe(crc32(bytes));
    expect(await checksumOf(bytesSource(damaged), [part(501, 99)])).not.toBe(crc32(bytes));
  });
});
