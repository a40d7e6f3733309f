import { mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findCompetitionData } from '../../src/dataset/layout.ts';
import { truePairs } from '../../src/dataset/truths.ts';
import { projectAt } from '../../src/project.ts';
import { makeSampleData, planSampleData } from '../../src/samples/samples.ts';
import { parseSeed } from '../../src/samples/seed.ts';
import { descriptorTrack } from '../../src/tracks/descriptor.ts';
import { folderWith } from '../support/folder.ts';
import { recorder } from '../support/recorder.ts';
import { type FakeGenerator, generator, slim, smallSamples } from './support.ts';

/** A request to make sample data in `root`, and the world that it is made in. */
function sampling(root: string, fake: FakeGenerator = {}) {
  const { engine, ran } = generator(fake);
  const { reporter, events } = recorder();
  const abort = new AbortController();
  const request = { project: projectAt(root), track: descriptorTrack, seed: 7, image: undefined };
  const world = {
    engine: async () => engine,
    reporter,
    signal: abort.signal,
    owner: { pid: 1, hostname: 'here', started: 1 },
    isAlive: () => false,
    freeBytes: async () => 1e12,
  };
  return { request, world, ran, events, abort };
}

const make = (root: string, fake?: FakeGenerator) => {
  const { request, world, ran, events } = sampling(root, fake);
  return { ran, events, made: makeSampleData(request, world) };
};

describe('making sample data', () => {
  it('puts both datasets where the download belongs, with a record of what was made', async () => {
    const root = await folderWith();
    const { made, ran } = make(root);
    expect(await made).toEqual({
      folder: join(root, 'competition_data'),
      version: '1',
      seed: 7,
      image: slim,
      replaced: false,
      datasets: [
        { dataset: 'train', references: 1, queries: 2 },
        { dataset: 'test', references: 0, queries: 1 },
      ],
      truePairs: 1,
      bytes: 68,
      seconds: expect.any(Number),
    });
    expect(await readFile(join(root, 'competition_data/train/query/Q100001.mp4'), 'utf8')).toBe(
      'a copy',
    );
    const record = await readFile(join(root, 'competition_data/sample-data.json'), 'utf8');
    expect(JSON.parse(record)).toMatchObject({
      version: '1',
      seed: 7,
      files: { 'test/query/Q200001.mp4': 12 },
    });
    expect(await readdir(root)).toEqual(['competition_data']);
    expect(ran).toMatchObject([
      {
        command: ['python3', '-I', '-m', 'vsc_samples', '/tmp/competition_data', '--seed', '7'],
        network: 'none',
        mounts: [],
        unprivileged: true,
        user: '10001:10001',
        labels: { 'vsc.project': root },
        limits: { memoryBytes: expect.any(Number), pids: expect.any(Number) },
      },
    ]);
  });

  it('replaces earlier ones, and keeps the notices that stand there', async () => {
    const root = await folderWith({ 'competition_data/README.md': 'What belongs here.' });
    const { 'test/query/Q200001.mp4': _, ...fewer } = smallSamples;
    await make(root).made;
    expect(await make(root, { files: fewer }).made).toMatchObject({ replaced: true });
    expect(await readdir(join(root, 'competition_data/test/query'))).toEqual([]);
    const notice = await readFile(join(root, 'competition_data/README.md'), 'utf8');
    expect(notice).toBe('What belongs here.');
    expect(await readdir(root)).toEqual(['competition_data']);
  });

  it('leaves a symlink one, and makes them where it leads', async () => {
    const [root, disk] = [await folderWith(), await folderWith()];
    await mkdir(join(disk, 'videos'));
    await symlink(join(disk, 'videos'), join(root, 'competition_data'));
    await make(root).made;
    expect(await readdir(join(disk, 'videos'))).toContain('train');
    expect(await readdir(disk)).toEqual(['videos']);
  });

  it('refuses a download before anything runs, and leaves it', async () => {
    const root = await folderWith({ 'competition_data/train/query/Q100001.mp4': 'real' });
    const { made, ran } = make(root);
    await expect(made).rejects.toThrow('did not put there, and would be replaced: train.');
    expect(ran).toEqual([]);
    expect(await readdir(join(root, 'competition_data/train/query'))).toEqual(['Q100001.mp4']);
  });

  it('refuses a disk without room, before anything runs', async () => {
    const { request, world, ran } = sampling(await folderWith());
    const full = { ...world, freeBytes: async () => 1e6 };
    await expect(makeSampleData(request, full)).rejects.toThrow(
      /Not enough room on the disk of \S+: sample data take up to 80 MB, 1 MB are free\./,
    );
    expect(ran).toEqual([]);
  });

  it('removes the container of a vsc that was killed while it made some', async () => {
    const root = await folderWith();
    const { request, world, events } = sampling(root);
    const removed: string[] = [];
    const left = { id: '1', name: 'vsc-sample-data-1', labels: {} };
    const engine = {
      ...(await world.engine()),
      listContainers: async () => [
        { ...left, labels: { 'vsc.project': root, 'vsc.hostname': 'here', 'vsc.pid': '5' } },
      ],
      removeContainer: async (id: string) => void removed.push(id),
    };
    await makeSampleData(request, { ...world, engine: async () => engine });
    expect(removed).toEqual(['1']);
    expect(JSON.stringify(events)).toContain('Removed vsc-sample-data-1');
  });

  it('makes nothing on a dry run', async () => {
    const root = await folderWith();
    const { request, world, ran } = sampling(root);
    const { plan, replaced } = await planSampleData(request, world);
    expect(plan).toMatchObject({ network: 'none', environment: { PYTHONUNBUFFERED: '1' } });
    expect(replaced).toBe(false);
    expect(ran).toEqual([]);
    expect(await readdir(root)).toEqual([]);
  });
});

describe('what fails leaves all as it was', () => {
  /** Makes some, then fails to make others; what was there and what is. */
  async function failing(fake: FakeGenerator, abortWith?: Error) {
    const root = await folderWith();
    await make(root).made;
    const before = await readFile(join(root, 'competition_data/sample-data.json'), 'utf8');
    const { request, world, abort } = sampling(root, {
      ...fake,
      ...(abortWith && { meanwhile: () => abort.abort(abortWith) }),
    });
    const error = await makeSampleData({ ...request, seed: 8 }, world).catch((it: Error) => it);
    expect(await readFile(join(root, 'competition_data/sample-data.json'), 'utf8')).toBe(before);
    expect(await readdir(root)).toEqual(['competition_data']);
    return error;
  }

  it.each<[string, FakeGenerator, string, RegExp]>([
    [
      'the generator',
      { exitCode: 1, output: ['Traceback …\nValueError: odd', ' width\n'] },
      'EnvironmentError',
      /generator exited with 1\. ValueError: odd width$/,
    ],
    [
      "the engine's disk",
      { exitCode: 1, output: ['OSError: [Errno 28] No space left on device'] },
      'EngineDiskFull',
      /the engine's disk is full/,
    ],
    ['memory', { exitCode: 137 }, 'EnvironmentError', /out of memory/],
    [
      'a path that leads elsewhere',
      { files: { '': { type: 'directory' }, '../../evil.mp4': 'x' } },
      'EnvironmentError',
      /did not make sample data: \.\.\/\.\.\/evil\.mp4/,
    ],
    [
      'a symlink among the files',
      { files: { ...smallSamples, 'train/query/Q100009.mp4': { type: 'symlink', linkname: '/' } } },
      'EnvironmentError',
      /Q100009\.mp4 is a symlink/,
    ],
    [
      'a file of another name',
      { files: { ...smallSamples, 'train/query/run.sh': 'x' } },
      'EnvironmentError',
      /did not make sample data: train\/query\/run\.sh/,
    ],
    [
      'more than there may be',
      { files: { ...smallSamples, 'train/query/Q100009.mp4': 'x'.repeat(81e6) } },
      'EnvironmentError',
      /more than 80 MB/,
    ],
  ])('%s', async (_, fake, name, message) => {
    const error = await failing(fake);
    expect(error).toMatchObject({ name, message: expect.stringMatching(message) });
  });

  it('an interruption', async () => {
    const reason = new Error('Interrupted.');
    expect(await failing({}, reason)).toBe(reason);
  });
});

describe('what the generator prints', () => {
  it('becomes a bar; anything else is shown', async () => {
    const output = ['{"made": 1, "total"', ': 2}\na war', 'ning\n{"made": 2, "total": 2}\n'];
    const { made, events } = make(await folderWith(), { output });
    await made;
    const bar = { type: 'progress', id: 'sample-data', label: 'Making videos', unit: 'videos' };
    expect(events.slice(1)).toEqual([
      { ...bar, completed: 1, total: 2, done: false },
      { type: 'log', line: 'a warning' },
      { ...bar, completed: 2, total: 2, done: true },
    ]);
  });
});

describe('the image', () => {
  const asked = async (image: { image: string; source: string } | undefined, fake = {}) => {
    const { request, world } = sampling(await folderWith(), fake);
    return planSampleData({ ...request, image }, world);
  };

  it('is the slim one, or the one that is named', async () => {
    expect((await asked(undefined)).image).toBe(slim);
    expect((await asked({ image: slim, source: '--image' })).plan.image).toBe(`sha256:${slim}`);
  });

  it('has to be there: the error says how to get it', async () => {
    const { request, world } = sampling(await folderWith());
    const none = { ...(await world.engine()), findImage: async () => undefined };
    await expect(
      planSampleData(request, { ...world, engine: async () => none }),
    ).rejects.toMatchObject({
      message: 'There is no slim image yet.',
      next: ['vsc build --slim   a small image, built here in two minutes'],
    });
    await expect(asked({ image: 'a:1', source: 'SUBMISSION_IMAGE' })).rejects.toMatchObject({
      message: 'There is no image a:1 (from SUBMISSION_IMAGE).',
      next: ['Pull it: docker pull a:1', `Or take the slim one: vsc sample-data --image ${slim}`],
    });
  });

  it('has to be able to: an older one, or one of others, is not', async () => {
    await expect(asked(undefined, { labels: {} })).rejects.toMatchObject({
      message: `${slim} can't make sample data: it was built by an older vsc, or is none of its images.`,
      next: ['vsc build --slim   a small image, built here in two minutes'],
    });
    await expect(asked({ image: slim, source: '--image' }, { labels: {} })).rejects.toMatchObject({
      next: [`Take the slim one: vsc sample-data --image ${slim}`],
    });
  });
});

it('what is made is found where the other commands look', async () => {
  const root = await folderWith();
  const files = {
    ...smallSamples,
    'train/train_query_metadata.csv': '',
    'train/train_reference_metadata.csv': '',
  };
  await make(root, { files }).made;
  const found = await findCompetitionData(projectAt(root), 'train', truePairs);
  expect(found.groundTruths[0]?.path).toMatch(/train_descriptor_ground_truth\.csv$/);
});

describe('a seed', () => {
  it('is a whole number, 42 where none is given', () => {
    expect([parseSeed(undefined), parseSeed('0'), parseSeed('4294967295')]).toEqual([
      42, 0, 4294967295,
    ]);
  });

  it.each(['-1', '1.5', '4294967296', 'x', '', '99999999999'])('is not %j', (text) => {
    expect(() => parseSeed(text)).toThrow(
      `--seed is "${text}", not a whole number from 0 to 4294967295.`,
    );
  });
});
