import { chmod, mkdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { list } from 'tar';
import { describe, expect, it } from 'vitest';
import { contextPaths, digestContext, packContext } from '../../src/image/build.ts';
import { folderWith } from '../support/folder.ts';
import { notUtf8, placeOddity } from '../support/oddities.ts';

const files = { 'b.txt': 'b', Dockerfile: 'FROM x', 'a/c.sh': 'c', '.dockerignore': '**/*.pyc\n' };

/** The digest of a folder made anew, with one thing changed. */
const digestAfter = async (change: (root: string) => Promise<unknown> = async () => {}) => {
  const root = await folderWith(files);
  await change(root);
  return digestContext(root);
};

describe('digestContext', () => {
  it('is the same for the same content, whenever and in whatever order it was written', async () => {
    const digest = await digestAfter();
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    const reversed = await folderWith(Object.fromEntries(Object.entries(files).reverse()));
    await utimes(join(reversed, 'b.txt'), 1, 1);
    expect(await digestContext(reversed)).toBe(digest);
  });

  it.each([
    ['permissions other than to execute', (root: string) => chmod(join(root, 'b.txt'), 0o600)],
    ['what .dockerignore leaves out', (root: string) => writeFile(join(root, 'a/x.pyc'), 'x')],
    ['an empty folder', (root: string) => mkdir(join(root, 'empty'))],
    ['a named pipe', (root: string) => placeOddity('a named pipe', join(root, 'pipe'))],
    ['a name that is not UTF-8', (root: string) => writeFile(notUtf8(root), 'x')],
  ])('does not mind %s', async (_, change) => {
    expect(await digestAfter(change)).toBe(await digestAfter());
  });

  it.each([
    ['content', (root: string) => writeFile(join(root, 'a/c.sh'), 'd')],
    ['a new file', (root: string) => writeFile(join(root, 'a/x.py'), '')],
    ['the right to execute', (root: string) => chmod(join(root, 'a/c.sh'), 0o755)],
    ['a link', (root: string) => symlink('b.txt', join(root, 'link'))],
    ['what is left out', (root: string) => writeFile(join(root, '.dockerignore'), '')],
  ])('minds %s', async (_, change) => {
    expect(await digestAfter(change)).not.toBe(await digestAfter());
  });

  it('does not confuse where one file ends and the next begins', async () => {
    const one = await folderWith({ a: 'x', b: 'y' });
    const other = await folderWith({ a: 'xb', b: '' });
    expect(await digestContext(one)).not.toBe(await digestContext(other));
  });
});

describe('contextPaths', () => {
  it('follows no link, and keeps what is excepted from an ignored folder', async () => {
    const root = await folderWith({
      'kept/a': '',
      'out/a': '',
      'out/but/b': '',
      '.dockerignore': 'out\n!out/but\n',
    });
    await symlink('.', join(root, 'kept/again'));
    expect(await contextPaths(root)).toEqual([
      '.dockerignore',
      'kept',
      'kept/a',
      'kept/again',
      'out/but',
      'out/but/b',
    ]);
  });

  it('is what is packed', async () => {
    const root = await folderWith({ ...files, '@odd': '' });
    await writeFile(notUtf8(root), '');
    const packed: string[] = [];
    const tar = list({ onReadEntry: ({ path }) => void packed.push(path) });
    for await (const chunk of await packContext(root)) tar.write(chunk);
    tar.end();
    const paths = (await contextPaths(root)).map((path) => `./${path}`);
    expect(packed.map((path) => path.replace(/\/$/, ''))).toEqual(paths);
  });
});
