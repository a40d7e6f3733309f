import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { mergeSets } from '../../src/descriptors/shards.ts';
import { checkSet } from '../../src/descriptors/validate.ts';
import { SubmissionFailed } from '../../src/errors.ts';
import {
  bytesSource,
  floatsNpy,
  idsNpy,
  makeNpy,
  makeNpyWithHeader,
  makeSet,
  makeZip,
} from '../descriptors/support.ts';
import { folderWith } from '../support/folder.ts';

const { signal } = new AbortController();

/** Merges sets that stand in files, and returns the bytes of the whole. */
async function merged(...sets: readonly (readonly [count: number, bytes: Buffer])[]) {
  const folder = await folderWith({});
  const shards = [];
  for (const [at, [count, bytes]] of sets.entries()) {
    const path = join(folder, `${at}.npz`);
    await writeFile(path, bytes);
    shards.push({ name: `query-00${at + 1}`, path, count });
  }
  const path = join(folder, 'whole.npz');
  await mergeSets(path, shards, signal);
  return readFile(path);
}

/** The arrays of an npz whose entries are stored, cut out of its bytes. */
const holds = (whole: Buffer, array: Buffer) => whole.includes(array);

it('is one valid set with the rows of all, the same bytes each time', async () => {
  const parts = [
    [2, makeSet(['Q100001', 'Q100002'])],
    [1, makeSet(['Q100003'], { deflate: true })],
  ] as const;
  const whole = await merged(...parts);
  const durations = new Map(['Q100001', 'Q100002', 'Q100003'].map((id) => [id, 1]));
  const expected = { file: 'whole.npz', kind: 'query', durations, source: 'metadata' } as const;
  const { findings, shape } = await checkSet(bytesSource(whole), expected, { scanFinite: true });
  expect(findings).toEqual([]);
  expect(shape).toEqual({ vectors: 3, dimensions: 2 });
  expect(holds(whole, idsNpy(['Q100001', 'Q100002', 'Q100003']))).toBe(true);
  expect(
    holds(
      whole,
      floatsNpy([
        [0, 0.5],
        [1, 0.5],
        [0, 0.5],
      ]),
    ),
  ).toBe(true);
  expect(await merged(...parts)).toEqual(whole);
});

const ids = { name: 'video_ids.npy', data: idsNpy(['Q100001', 'Q100001']) };
const times = { name: 'timestamps.npy', data: makeNpy('<f8', [2], Buffer.alloc(16)) };

it('has the rows of arrays that are stored column by column', async () => {
  const columns = Buffer.from(Float32Array.from([1, 4, 2, 5, 3, 6]).buffer);
  const header = "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }";
  const features = {
    name: 'features.npy',
    data: makeNpyWithHeader(`${header.padEnd(117)}\n`, columns),
  };
  const whole = await merged([2, makeZip([ids, features, times])]);
  expect(
    holds(
      whole,
      floatsNpy([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    ),
  ).toBe(true);
});

it('leaves out shards without a vector, whatever their arrays are', async () => {
  const none = makeZip([
    { name: 'video_ids.npy', data: makeNpy('<U1', [0], Buffer.alloc(0)) },
    { name: 'features.npy', data: makeNpy('<f4', [0, 9], Buffer.alloc(0)) },
    { name: 'timestamps.npy', data: makeNpy('<f4', [0], Buffer.alloc(0)) },
  ]);
  const some = makeSet(['Q100001']);
  expect(await merged([0, none], [1, some])).toEqual(await merged([1, some]));
  expect(holds(await merged([0, none]), makeNpy('<f4', [0, 9], Buffer.alloc(0)))).toBe(true);
});

it('is not made of shards with other dimensions', async () => {
  const features = { name: 'features.npy', data: floatsNpy([[1], [2]]) };
  const other = merged([1, makeSet(['Q100001'])], [2, makeZip([ids, features, times])]);
  await expect(other).rejects.toThrow(SubmissionFailed);
  await expect(other).rejects.toThrow(
    'The code gives features as <f4 (N, 2) for query-001 and as <f4 (N, 1) for query-002',
  );
});
