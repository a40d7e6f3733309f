import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeExcerpt } from '../../src/descriptors/excerpt.ts';
import type { NpzFile } from '../../src/descriptors/npz.ts';
import { folderWith } from '../support/folder.ts';
import {
  bytesSource,
  floatsNpy,
  idsNpy,
  makeNpy,
  makeNpyWithHeader,
  makeSet,
  makeZip,
} from './support.ts';

const { signal } = new AbortController();
const ids = ['Q100001', 'Q100002', 'Q100002', 'Q100003', 'Q100004', 'Q100004'];

async function excerptOf(set: Buffer, wanted: readonly string[], file: NpzFile = bytesSource(set)) {
  const path = join(await folderWith(), 'excerpt.npz');
  const isTaken = await writeExcerpt(path, file, (id) => wanted.includes(id), signal);
  return { isTaken, bytes: isTaken ? await readFile(path) : undefined };
}

const times = (...values: readonly number[]) =>
  makeNpy('<f8', [values.length], Buffer.from(Float64Array.from(values).buffer));

describe('an excerpt of a set', () => {
  it.each([[false], [true]])(
    'has the rows of the wanted videos alone (deflated: %s)',
    async (deflate) => {
      const { bytes } = await excerptOf(makeSet(ids, { deflate }), [
        'Q100002',
        'Q100004',
        'Q100009',
      ]);
      expect(bytes).toBeDefined();
      for (const array of [
        idsNpy(['Q100002', 'Q100002', 'Q100004', 'Q100004']),
        floatsNpy([
          [1, 0.5],
          [2, 0.5],
          [4, 0.5],
          [5, 0.5],
        ]),
        times(1, 2, 4, 5),
      ]) {
        expect(bytes?.includes(array)).toBe(true);
      }
    },
  );

  it('of a set that comes in small pieces is the same', async () => {
    const set = makeSet(ids);
    const pieces: NpzFile = {
      size: set.length,
      async *chunks() {
        for (let at = 0; at < set.length; at += 7) yield set.subarray(at, at + 7);
      },
    };
    const whole = await excerptOf(set, ['Q100002', 'Q100003']);
    const { bytes } = await excerptOf(set, ['Q100002', 'Q100003'], pieces);
    expect(bytes?.equals(whole.bytes ?? Buffer.alloc(0))).toBe(true);
  });

  it('tells a video by its place', async () => {
    const path = join(await folderWith(), 'excerpt.npz');
    await writeExcerpt(path, bytesSource(makeSet(ids)), (_, at) => at === 0, signal);
    expect((await readFile(path)).includes(idsNpy(['Q100001']))).toBe(true);
  });

  it('is none where the videos have no vectors, or the rows do not lie together', async () => {
    expect((await excerptOf(makeSet(ids), ['Q100009'])).isTaken).toBe(false);
    const header = "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), }\n";
    const columns = makeZip([
      { name: 'video_ids.npy', data: idsNpy(['Q100001', 'Q100002']) },
      { name: 'features.npy', data: makeNpyWithHeader(header, Buffer.alloc(16)) },
      { name: 'timestamps.npy', data: times(0, 1) },
    ]);
    expect((await excerptOf(columns, ['Q100001'])).isTaken).toBe(false);
  });
});
