import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeRandomDescriptors } from '../../src/descriptors/random.ts';
import { checkSet } from '../../src/descriptors/validate.ts';
import { bytesSource } from './support.ts';

const durations = new Map([
  ['R100003', 12.01],
  ['R100001', 0.5],
  ['R100002', 3],
  ['R100004', 0],
]);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vsc-random-'));
});
afterEach(() => rm(folder, { recursive: true }));

const sha256 = async (path: string) =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

it('are valid, for every video that has a second', async () => {
  const path = join(folder, 'reference_descriptors.npz');
  const { vectors, videos } = await writeRandomDescriptors(path, durations, { seed: 3 });
  expect(videos).toBe(3);
  expect(vectors).toBeGreaterThanOrEqual(3);
  expect(vectors).toBeLessThanOrEqual(17);
  const expected = { file: 'x.npz', kind: 'reference', durations, source: 'metadata' } as const;
  const checked = await checkSet(bytesSource(await readFile(path)), expected, { scanFinite: true });
  expect(checked).toEqual({ file: 'x.npz', findings: [], shape: { vectors, dimensions: 16 } });
  expect(await readdir(folder)).toEqual(['reference_descriptors.npz']);
});

it('are valid where they are too many for one piece', async () => {
  const path = join(folder, 'reference_descriptors.npz');
  const long = new Map([['R100001', 60_000]]);
  const { vectors } = await writeRandomDescriptors(path, long, { seed: 1 });
  expect(vectors).toBeGreaterThan(20_000);
  const expected = {
    file: 'x.npz',
    kind: 'reference',
    durations: long,
    source: 'metadata',
  } as const;
  const checked = await checkSet(bytesSource(await readFile(path)), expected, { scanFinite: true });
  expect(checked).toEqual({ file: 'x.npz', findings: [], shape: { vectors, dimensions: 16 } });
});

it('are the same bytes for the same seed, on every machine', async () => {
  const paths = ['a.npz', 'b.npz', 'c.npz'].map((name) => join(folder, name));
  for (const [at, path] of paths.entries()) {
    await writeRandomDescriptors(path, durations, { seed: at === 2 ? 2 : 1, dimensions: 4 });
  }
  const [a, b, c] = await Promise.all(paths.map(sha256));
  expect(a).toBe('6c069347f96187a80d6e5e25b8a578ff79b292f1e205c7e14736304ddefa79fa');
  expect(b).toBe(a);
  expect(c).not.toBe(a);
});

it('leave nothing behind when they are stopped', async () => {
  const signal = AbortSignal.abort(new Error('enough'));
  const path = join(folder, 'a.npz');
  await expect(writeRandomDescriptors(path, durations, { seed: 1, signal })).rejects.toThrow(
    'enough',
  );
  expect(await readdir(folder)).toEqual([]);
});
