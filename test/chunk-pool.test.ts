import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { ChunkPool } from '../src/chunk-pool.ts';
import { type EntryToWrite, writeZip } from '../src/descriptors/zip-writer.ts';
import { openFile } from '../src/places.ts';
import { folderWith } from './support/folder.ts';
import { noise } from './support/noise.ts';
import { quiet } from './support/recorder.ts';

const MiB = 1024 * 1024;

describe('a pool of chunks', () => {
  const read = async (path: string, pool: ChunkPool, use: (chunk: Buffer) => void) => {
    for await (const chunk of pool.read(await openFile(path))) use(chunk);
  };

  it('reads a file, and uses again what is released', async () => {
    const bytes = noise(100_000);
    const path = join(await folderWith({ 'a.bin': bytes }), 'a.bin');
    const pool = new ChunkPool(1000);
    const memories = new Set<ArrayBufferLike>();
    const parts: Buffer[] = [];
    await read(path, pool, (chunk) => {
      memories.add(chunk.buffer);
      parts.push(Buffer.from(chunk));
      pool.release(chunk);
    });
    expect(Buffer.concat(parts).equals(bytes)).toBe(true);
    expect(memories.size).toBeLessThan(5);
  });

  it('takes back nothing twice, in part, or that is not its own', async () => {
    const path = join(await folderWith({ 'a.bin': noise(5_000) }), 'a.bin');
    const pool = new ChunkPool(1000);
    const memories = new Set<ArrayBufferLike>();
    let first: Buffer | undefined;
    await read(path, pool, (chunk) => {
      memories.add(chunk.buffer);
      first ??= chunk;
      pool.release(chunk.subarray(1));
      pool.release(chunk.subarray(0, 999));
      pool.release(Buffer.alloc(1000));
    });
    expect(memories.size).toBe(5);
    pool.release(first as Buffer);
    pool.release(first as Buffer);
    memories.clear();
    await read(path, pool, (chunk) => void memories.add(chunk.buffer));
    expect(memories.size).toBe(5);
  });

  it('asks for no new memory for one file after the other', async () => {
    const path = join(await folderWith({ 'a.bin': noise(1_500) }), 'a.bin');
    const pool = new ChunkPool(1000);
    const asked = vi.spyOn(Buffer, 'allocUnsafeSlow');
    for (let file = 0; file < 20; file += 1) await read(path, pool, (chunk) => pool.release(chunk));
    const times = asked.mock.calls.filter(([bytes]) => bytes === 1000).length;
    asked.mockRestore();
    expect(times).toBeLessThan(4);
  });

  it('reads an empty file', async () => {
    const path = join(await folderWith({ 'a.bin': '' }), 'a.bin');
    await read(path, new ChunkPool(1000), () => expect.unreachable());
  });
});

describe('zips of chunks that are used again', () => {
  it.each([undefined, 'fast', 'smallest'] as const)('hold every byte: %s', async (effort) => {
    const bytes = Buffer.concat([
      noise(9 * MiB + 1),
      Buffer.from(noise(30 * MiB).toString('base64')),
      noise(7),
    ]);
    const root = await folderWith({ 'a.bin': bytes });
    const pool = new ChunkPool(MiB);
    const memories = new Set<ArrayBufferLike>();
    async function* watched() {
      for await (const chunk of pool.read(await openFile(join(root, 'a.bin')))) {
        memories.add(chunk.buffer);
        yield chunk;
      }
    }
    async function* entries(): AsyncGenerator<EntryToWrite> {
      yield { name: 'a', mode: 0o644, effort, contents: watched() };
    }
    const zip = join(root, 'a.zip');
    await writeZip(zip, entries(), quiet, { release: (chunk) => pool.release(chunk) });
    const written = await readFile(zip);
    const body = written.subarray(31); // behind the local header and a name of one letter
    const held = effort === undefined ? body.subarray(0, bytes.length) : inflateRawSync(body);
    expect(held.equals(bytes)).toBe(true);
    expect(memories.size).toBeLessThan(25);
  });
});
