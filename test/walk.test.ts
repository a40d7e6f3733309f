import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { namesIn, type WalkOptions, walk } from '../src/walk.ts';
import { folderWith } from './support/folder.ts';
import { notUtf8, placeDeepFolder } from './support/oddities.ts';

const namesOf = async (folder: string, options?: WalkOptions) => {
  const names: string[] = [];
  for await (const { name } of walk(folder, options)) names.push(name);
  return names;
};

/** A folder with this many files more than a submission may have. */
const crowdedFolder = async (more: number) => {
  const folder = await folderWith();
  const file = (count: number) => join(folder, `file-${count}`);
  for (let count = 0; count < 100_000 + more; count += 1) {
    const first = count - (count % 30_000); // a file may have only so many hard links
    if (count === first) writeFileSync(file(count), '');
    else linkSync(file(first), file(count));
  }
  return folder;
};

describe('walk', () => {
  it('tells all that is in a folder, a folder before what is in it, and follows no link', async () => {
    const folder = await folderWith({ 'b/c/deep': '', a: '', 'elsewhere/private': '' });
    await symlink('../elsewhere', join(folder, 'b/link'));
    await symlink('.', join(folder, 'circle'));
    expect(await namesOf(join(folder, 'b'))).toEqual(['c', 'link', 'c/deep']);
    expect(await namesOf(folder)).toEqual([
      'a',
      'b',
      'circle',
      'elsewhere',
      'elsewhere/private',
      'b/c',
      'b/link',
      'b/c/deep',
    ]);
  });

  it('shows the bytes of a name that is not UTF-8', async () => {
    const folder = await folderWith({ 'sub/fine': '' });
    await writeFile(notUtf8(`${folder}/sub`), '');
    await expect(namesOf(folder)).rejects.toMatchObject({
      message: `${folder}/sub/caf\\xe9 has a name that is not UTF-8.`,
      next: ['Rename it.'],
    });
    expect(await namesOf(folder, { lenient: true })).toEqual(['sub', 'sub/fine']);
    const odd = await folderWith();
    await writeFile(Buffer.concat([notUtf8(odd), Buffer.from(' \x07\x1f~\x7f')]), '');
    await expect(namesOf(odd)).rejects.toThrow(`${odd}/caf\\xe9 \\x07\\x1f~\\x7f has a name`);
  });

  it('goes 32 names deep', async () => {
    const folder = await folderWith();
    const bottom = join(folder, ...Array<string>(32).fill('d'));
    await mkdir(bottom, { recursive: true });
    expect(await namesOf(folder)).toHaveLength(32);
    await writeFile(join(bottom, 'file'), '');
    await expect(namesOf(folder)).rejects.toMatchObject({
      message: `There are more than 32 folders in one another: ${bottom}.`,
      next: ['Move what is needed further up.'],
    });
    expect(await namesOf(folder, { lenient: true })).toHaveLength(33);
  });

  it('leaves out what is too far down for the system, where that is no matter', async () => {
    const folder = join(await folderWith(), 'deep');
    const part = 'd'.repeat(200);
    await placeDeepFolder(folder, part);
    const names = await namesOf(folder, { lenient: true });
    expect(names.at(-1)).toMatch(new RegExp(`^${part}(/${part}){15,}$`));
    await expect(namesOf(folder)).rejects.toThrow('ENAMETOOLONG');
  });

  it('leaves out what goes meanwhile, where that is no matter', async () => {
    const names = Array.from({ length: 40 }, (_, at) => `file-${10 + at}`);
    const walkOn = async (lenient: boolean) => {
      const folder = await folderWith(Object.fromEntries(names.map((name) => [name, ''])));
      await mkdir(join(folder, 'a-folder'));
      const found: string[] = [];
      for await (const { name } of walk(folder, { lenient })) {
        if (name === 'a-folder') {
          await rm(join(folder, name), { recursive: true });
          await rm(join(folder, 'file-49'));
        }
        found.push(name);
      }
      return found;
    };
    expect(await walkOn(true)).toEqual(['a-folder', ...names.slice(0, -1)]);
    await expect(walkOn(false)).rejects.toThrow('ENOENT');
  });

  it('takes no more than a submission may have, and is interrupted at once', async () => {
    const folder = await crowdedFolder(-1);
    mkdirSync(join(folder, 'more'));
    const tooMany = {
      message: `There are more than 100,000 files and folders in ${folder}.`,
      next: ['Keep there only what is needed.'],
    };
    writeFileSync(join(folder, 'more/one'), '');
    await expect(namesOf(folder)).rejects.toMatchObject(tooMany);
    expect(await namesIn(folder)).toHaveLength(100_000);
    writeFileSync(join(folder, 'another'), '');
    await expect(namesIn(folder)).rejects.toMatchObject(tooMany);
    expect(await namesIn(folder, { lenient: true })).toHaveLength(100_001);
    const interruption = new AbortController();
    setTimeout(() => interruption.abort(new Error('stop')), 50);
    const options = { signal: interruption.signal, lenient: true };
    await expect(namesOf(folder, options)).rejects.toThrow('stop');
  });
});
