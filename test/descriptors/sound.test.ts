import { randomFillSync } from 'node:crypto';
import { open, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FileSource, openFileSource, sliceOf } from '../../src/descriptors/byte-source.ts';
import { parseDtype } from '../../src/descriptors/npy.ts';
import { isSurelySound } from '../../src/descriptors/sound.ts';
import { checkSet } from '../../src/descriptors/validate.ts';
import { keptFolderWith } from '../support/folder.ts';
import { bytesSource, idsNpy, makeNpy, makeZip } from './support.ts';

const columns = 512;
const rows = 51_200;
const bytes = 4 * rows * columns;

/** A hundred MiB of floats whose exponents are never all set, all else by chance. */
function floats(itemSize: 2 | 4 | 8): Buffer {
  const data = randomFillSync(Buffer.allocUnsafe(bytes));
  for (let at = itemSize - 1; at < data.length; at += itemSize) {
    data[at] = (data[at] as number) & 0x3f;
  }
  return data;
}

const header = { headerBytes: 128, dtype: parseDtype('<f4') };
let folder: string;
let data: Buffer;
let path: string;
let file: FileSource;

beforeAll(async () => {
  folder = await keptFolderWith();
  data = Buffer.concat([Buffer.alloc(header.headerBytes, 7), floats(4)]);
  path = join(folder, 'features.npy');
  await writeFile(path, data);
  file = await openFileSource(path);
});

afterAll(async () => {
  await file.close();
  await rm(folder, { recursive: true });
});

/** Writes into the file for as long as `look` looks. */
async function withBytes(position: number, bytes: Uint8Array, look: () => Promise<void>) {
  const handle = await open(path, 'r+');
  try {
    await handle.write(bytes, 0, bytes.length, position);
    await look();
    await handle.write(data, position, bytes.length, position);
  } finally {
    await handle.close();
  }
}

const nan = Buffer.from([0, 0, 0xc0, 0x7f]);
const isSound = (sum = crc32(data), cores = 2) => isSurelySound(file, header, sum, { cores });

describe('a large array in a file', () => {
  it.each([2, 3])('is looked at by %i threads, and not by this one', async (cores) => {
    let bytesHere = 0;
    const counted: FileSource = {
      ...file,
      read(into, position) {
        bytesHere += into.length;
        return file.read(into, position);
      },
    };
    expect(await isSurelySound(counted, header, crc32(data), { cores })).toBe(true);
    expect(bytesHere).toBe(header.headerBytes);
  });

  it('may lie anywhere in the file', async () => {
    const start = header.headerBytes + 4;
    const part = sliceOf(file, start, data.length - start);
    const sum = crc32(data.subarray(start));
    expect(await isSurelySound(part, { ...header, headerBytes: 0 }, sum, { cores: 2 })).toBe(true);
  });

  it.each([
    ['the first', header.headerBytes],
    ['the last', header.headerBytes + bytes - 4],
    ['a middle', header.headerBytes + bytes / 2],
  ])('is not sound with %s value that is NaN', async (_, position) => {
    const changed = Buffer.from(data);
    nan.copy(changed, position);
    await withBytes(position, nan, async () => expect(await isSound(crc32(changed))).toBe(false));
  });

  it.each([
    ['header', 3],
    ['first part', 1_000],
    ['last part', header.headerBytes + bytes - 1],
  ])('is not sound with one byte of its %s changed', async (_, position) => {
    const changed = Uint8Array.of((data[position] as number) ^ 1);
    await withBytes(position, changed, async () => expect(await isSound()).toBe(false));
  });

  it.each([
    ['<f2', 2],
    ['<f8', 8],
    ['>f4', 4],
  ] as const)('may be of %s', async (descr, itemSize) => {
    const values = floats(itemSize);
    const dtype = parseDtype(descr);
    if (dtype.bigEndian) values.swap32();
    const other = join(folder, 'other.npy');
    await writeFile(other, values);
    const source = await openFileSource(other);
    const answer = isSurelySound(source, { dtype, headerBytes: 0 }, crc32(values), { cores: 2 });
    expect(await answer.finally(() => source.close())).toBe(true);
  });
});

describe('nothing is sure', () => {
  it('of one core', async () => expect(await isSound(crc32(data), 1)).toBe(false));

  it('of bytes in memory', async () => {
    const memory = bytesSource(data);
    expect(await isSurelySound(memory, header, crc32(data), { cores: 2 })).toBe(false);
  });

  it('of a file that became shorter, or was closed', async () => {
    const other = join(folder, 'shorter.npy');
    await writeFile(other, data);
    const source = await openFileSource(other);
    await truncate(other, data.length / 2);
    const look = () => isSurelySound(source, header, crc32(data), { cores: 2 });
    expect(await look()).toBe(false);
    await source.close();
    expect(await look()).toBe(false);
  });
});

it('hears an interrupt', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const looking = isSurelySound(file, header, crc32(data), { cores: 2, signal });
  controller.abort(new Error('interrupted'));
  await expect(looking).rejects.toThrow('interrupted');
});

describe('a set whose features are large and stored', () => {
  const durations = new Map(Array.from({ length: rows }, (_, at) => [`Q${100_000 + at}`, 1]));
  const expected = { file: 'x.npz', kind: 'query', durations, source: 'metadata' } as const;

  async function messages(change: (features: Buffer) => void, sum?: number) {
    const features = makeNpy('<f4', [rows, columns], floats(4));
    change(features);
    const zip = makeZip([
      { name: 'video_ids.npy', data: idsNpy([...durations.keys()]) },
      { name: 'features.npy', data: features, ...(sum && { says: { crc32: sum } }) },
      { name: 'timestamps.npy', data: makeNpy('<f8', [rows], Buffer.alloc(8 * rows)) },
    ]);
    const npz = join(folder, 'set.npz');
    await writeFile(npz, zip);
    const source = await openFileSource(npz);
    try {
      const { findings } = await checkSet(source, expected, { scanFinite: true });
      return findings.map(({ message }) => message);
    } finally {
      await source.close();
    }
  }

  it('is told what is wrong with it, and where', async () => {
    expect(await messages(() => {})).toEqual([]);
    const [found] = await messages((features) => nan.copy(features, features.length - 4));
    expect(found).toBe(`features[${rows - 1}, ${columns - 1}] is NaN; every value must be finite`);
    expect(await messages(() => {}, 1)).toEqual([
      expect.stringContaining('Its checksum (CRC-32) is wrong'),
    ]);
  });
});
