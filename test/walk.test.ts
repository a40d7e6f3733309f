import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type WalkOptions, walk } from '../src/walk.ts';
import { folderWith } from './support/folder.ts';
import { notUtf8 } from './support/oddities.ts';

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
    await expect(namesOf(folder)).rejects.toThrow(
      `${folder}/sub/caf\\xe9 has a name that is not UTF-8.`,
    );
    expect(await namesOf(folder, { lenient: true })).toEqual(['sub', 'sub/fine']);
  });

  it('goes 32 names deep', async () => {
    const folder = await folderWith();
    const bottom = join(folder, ...Array<string>(32).fill('d'));
    await mkdir(bottom, { recursive: true });
    expect(await namesOf(folder)).toHaveLength(32);
    await writeFile(join(bottom, 'file'), '');
    await expect(namesOf(folder)).rejects.toThrow(/more than 32 folders in one another/);
    expect(await namesOf(folder, { lenient: true })).toHaveLength(33);
  });

  it('takes no more than a submission may have, and is interrupted at once', async () => {
    const folder = await crowdedFolder(1);
    await expect(namesOf(folder)).rejects.toThrow(
      `There are more than 100,000 files and folders in ${folder}.`,
    );
    mkdirSync(join(folder, 'more'));
    const interruption = new AbortController();
    let aborted = 0;
    setTimeout(() => {
      aborted = performance.now();
      interruption.abort(new Error('stop'));
    }, 50);
    const options = { signal: interruption.signal, lenient: true };
    await expect(namesOf(folder, options)).rejects.toThrow('stop');
    expect(performance.now() - aborted).toBeLessThan(100);
  });
});
