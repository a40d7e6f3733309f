import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { requireOwn } from '../../src/samples/earlier.ts';
import { folderWith } from '../support/folder.ts';
import { quiet } from '../support/recorder.ts';

const record = JSON.stringify({
  version: '1',
  seed: 42,
  files: { 'train/query/Q100001.mp4': 3, 'train/train_query_metadata.csv': 4 },
});
const samples = {
  'sample-data.json': record,
  'train/query/Q100001.mp4': 'abc',
  'train/train_query_metadata.csv': 'abcd',
};

describe('a folder where sample data may be made', () => {
  it('is one that is not there', async () => {
    const folder = join(await folderWith(), 'none');
    expect(await requireOwn(folder, quiet)).toEqual({ hasSamples: false, notices: [] });
  });

  it('is one with notices only, which stay', async () => {
    const folder = await folderWith({ '.gitkeep': '', 'README.md': 'word', '.DS_Store': '' });
    const notices = ['.gitkeep', 'README.md'];
    expect(await requireOwn(folder, quiet)).toEqual({ hasSamples: false, notices });
  });

  it('is one with earlier ones, though some of the files may be gone', async () => {
    const { 'train/query/Q100001.mp4': _, ...rest } = samples;
    for (const files of [samples, rest, { ...samples, 'train/query/.DS_Store': '' }]) {
      const folder = await folderWith(files);
      expect(await requireOwn(folder, quiet)).toEqual({ hasSamples: true, notices: [] });
    }
  });
});

const refused = /^\S+ holds what "vsc sample-data" did not put there, and would be replaced: /;

describe('refused is a folder with', () => {
  it.each<[string, Record<string, string>, string]>([
    ['a download', { 'train/query/Q100001.mp4': 'x', 'train/ground_truth.csv': '' }, 'train'],
    ['a download under our record', { ...samples, 'phase2/query/Q3.mp4': 'x' }, 'phase2'],
    ['a video more', { ...samples, 'train/query/Q100002.mp4': 'x' }, 'train/query/Q100002.mp4'],
    [
      'a file that was changed',
      { ...samples, 'train/query/Q100001.mp4': 'real' },
      'train/query/Q100001.mp4',
    ],
    ['a notice further down', { ...samples, 'train/README.md': 'mine' }, 'train/README.md'],
    ['a broken record', { ...samples, 'sample-data.json': '{' }, 'sample-data.json, train'],
    ['a record of nothing', { ...samples, 'sample-data.json': 'null' }, 'sample-data.json, train'],
  ])('%s', async (_, files, named) => {
    const error = await requireOwn(await folderWith(files), quiet).catch((it: Error) => it);
    expect(error).toMatchObject({
      name: 'EnvironmentError',
      message: expect.stringMatching(refused),
      next: [
        'Make the sample data in another folder: vsc -C DIR sample-data',
        'Or move these away.',
      ],
    });
    expect((error as Error).message).toMatch(new RegExp(`: ${named}\\.$`));
  });

  it('a symlink to a download, which is not followed', async () => {
    const folder = await folderWith({ 'sample-data.json': record });
    const download = await folderWith({ 'query/Q100001.mp4': 'abc' });
    await symlink(download, join(folder, 'train'));
    await expect(requireOwn(folder, quiet)).rejects.toThrow(/: train\.$/);
  });

  it('more than five things: these are counted', async () => {
    const folder = await folderWith();
    for (const name of 'abcdefg') await mkdir(join(folder, name));
    await expect(requireOwn(folder, quiet)).rejects.toThrow(/: a, b, c, d, e and 2 more\.$/);
  });
});
