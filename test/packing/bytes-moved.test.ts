import { readFileSync } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeRandomDescriptors } from '../../src/descriptors/random.ts';
import { packSubmission } from '../../src/packing/pack.ts';
import { preflight } from '../../src/preflight/preflight.ts';
import { descriptorTrack } from '../../src/tracks/descriptor.ts';
import { folderWith } from '../support/folder.ts';
import { noise } from '../support/noise.ts';
import { quiet, recorder } from '../support/recorder.ts';

/** Bytes that this process has read and written so far, from and to whatever (proc(5), `rchar`, `wchar`). */
function moved() {
  const told = readFileSync('/proc/self/io', 'utf8');
  const [read = 0, written = 0] = [...told.matchAll(/char: (\d+)/g)].map(([, bytes]) =>
    Number(bytes),
  );
  return { read, written };
}

/** Bytes that are read and written meanwhile. */
async function movedBy(work: () => Promise<unknown>) {
  const before = moved();
  await work();
  const after = moved();
  return { read: after.read - before.read, written: after.written - before.written };
}

const queryDurations = new Map([['Q100001', 40_000]]);
const referenceDurations = new Map([['R100001', 60_000]]);
const facts = { form: descriptorTrack.submission, queryDurations, referenceDurations };

/** Folder and zip of a submission of full sets, and base64. */
async function submission() {
  const root = await folderWith({ 'src/main.py': 'print("hello")\n' });
  const folder = join(root, 'src');
  const options = { seed: 1, dimensions: 64 };
  await writeRandomDescriptors(join(folder, 'query_descriptors.npz'), queryDurations, options);
  await writeRandomDescriptors(
    join(folder, 'reference_descriptors.npz'),
    referenceDurations,
    options,
  );
  await mkdir(join(folder, 'model'));
  await writeFile(join(folder, 'model/weights.txt'), noise(6e6).toString('base64'));
  return { folder, zip: join(root, 'submission.zip') };
}

describe('no byte is read or written a second time', () => {
  it.each(['fast', 'smallest'] as const)('when packing, %s', async (effort) => {
    const { folder, zip } = await submission();
    const request = { folder, zip, effort, force: false, dryRun: false };
    let total = 0;
    const packing = await movedBy(async () => {
      const { entries } = await packSubmission(request, recorder().reporter, quiet);
      total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
    });
    expect(packing.read).toBeLessThan(1.1 * total);
    expect(packing.written).toBeLessThan(1.05 * (await stat(zip)).size);
  });

  it('when validating', async () => {
    const { folder, zip } = await submission();
    const request = { folder, zip, effort: 'fast', force: false, dryRun: false } as const;
    await packSubmission(request, recorder().reporter, quiet);
    const validating = await movedBy(async () => {
      const how = { phase2: false, freeBytes: 1e12, scanFinite: true };
      expect(await preflight(zip, { ...facts, ...how })).toEqual([]);
    });
    expect(validating.read).toBeLessThan(1.05 * (await stat(zip)).size);
    expect(validating.written).toBeLessThan(1e6);
  });
});
