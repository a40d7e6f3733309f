import { readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EnvironmentError } from '../src/errors.ts';
import { writeTextWhole } from '../src/files.ts';
import { lookForFile, lookForFolder, openFile, requireReplaceable } from '../src/places.ts';
import { folderWith } from './support/folder.ts';
import { oddities, placeOddity } from './support/oddities.ts';

describe.each(oddities)('%s where a file should be', (what) => {
  it('is named, and neither opened nor replaced', async () => {
    const path = join(await folderWith(), 'log.txt');
    await placeOddity(what, path);
    const sentence = `${path} is ${what}, where a file should be.`;
    const refusal = new EnvironmentError(sentence, ['Move it away.']);
    await expect(openFile(path)).rejects.toThrow(refusal);
    await expect(lookForFile(path)).rejects.toThrow(refusal);
    const inTheWay = `${path} is ${what}, where a file is to be written.`;
    await expect(requireReplaceable(path)).rejects.toThrow(inTheWay);
    await expect(writeTextWhole(path, 'text')).rejects.toThrow(inTheWay);
    await expect(requireReplaceable(path)).rejects.toThrow(inTheWay);
  });

  it('is named behind a symlink too', async () => {
    const folder = await folderWith();
    await placeOddity(what, join(folder, 'odd'));
    await symlink('odd', join(folder, 'log.txt'));
    await expect(openFile(join(folder, 'log.txt'))).rejects.toThrow(`log.txt is ${what}`);
  });
});

describe('a place for a file', () => {
  it('may have nothing, a file, or a symlink that is replaced and not written through', async () => {
    const folder = await folderWith({ file: 'old', elsewhere: 'mine' });
    await symlink('elsewhere', join(folder, 'link'));
    for (const name of ['nothing', 'file', 'link']) await writeTextWhole(join(folder, name), 'new');
    for (const name of ['nothing', 'file', 'link']) {
      expect(await readFile(join(folder, name), 'utf8')).toBe('new');
    }
    expect(await readFile(join(folder, 'elsewhere'), 'utf8')).toBe('mine');
  });

  it('is looked at together with others: all that is in the way is named', async () => {
    const folder = await folderWith({ 'a/x': '', b: '', 'c/x': '' });
    const places = ['a', 'b', 'c'].map((name) => join(folder, name));
    const inTheWay = places.map((place) => `${place} is a folder, where a file is to be written.`);
    await expect(requireReplaceable(...places)).rejects.toMatchObject({
      message: [inTheWay[0], inTheWay[2]].join('\n'),
      next: ['Move them away.'],
    });
    await expect(requireReplaceable(...places.slice(0, 2))).rejects.toMatchObject({
      message: inTheWay[0],
      next: ['Move it away.'],
    });
  });
});

it('finds files and folders, also behind symlinks, and nothing where nothing is', async () => {
  const folder = await folderWith({ file: 'text' });
  await symlink('file', join(folder, 'link'));
  await symlink('nowhere', join(folder, 'dangling'));
  await symlink('circle', join(folder, 'circle'));
  expect(await lookForFile(join(folder, 'link'))).toBe(true);
  expect(await lookForFolder(folder)).toBe(true);
  for (const name of ['nothing', 'dangling', 'circle', 'file/below']) {
    expect(await lookForFile(join(folder, name))).toBe(false);
    expect(await lookForFolder(join(folder, name))).toBe(false);
  }
  await expect(lookForFolder(join(folder, 'file'))).rejects.toThrow('where a folder should be');
  const file = await openFile(join(folder, 'link'));
  expect(await file.readFile('utf8')).toBe('text');
  await file.close();
});
