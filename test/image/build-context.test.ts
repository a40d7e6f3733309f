import { chmod, mkdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { list } from 'tar';
import { describe, expect, it } from 'vitest';
import { EnvironmentError } from '../../src/errors.ts';
import {
  buildImage,
  contextPaths,
  digestContext,
  findBuildContext,
  packContext,
  planBuild,
} from '../../src/image/build.ts';
import { descriptorTrack } from '../../src/tracks/descriptor.ts';
import { fakeEngine } from '../support/fake-engine.ts';
import { folderWith } from '../support/folder.ts';
import { notUtf8, placeOddity } from '../support/oddities.ts';
import { quiet, recorder } from '../support/recorder.ts';

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

  it('minds where a link leads', async () => {
    const to = (target: string) => (root: string) => symlink(target, join(root, 'link'));
    expect(await digestAfter(to('b.txt'))).not.toBe(await digestAfter(to('Dockerfile')));
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
    const tar = list({
      onReadEntry: ({ path, uid, uname }) => {
        packed.push(path);
        expect([uid, uname]).toEqual([undefined, '']); // nobody's on this machine
      },
    });
    for await (const chunk of await packContext(root)) tar.write(chunk);
    tar.end();
    const paths = (await contextPaths(root)).map((path) => `./${path}`);
    expect(packed.map((path) => path.replace(/\/$/, ''))).toEqual(paths);
  });
});

describe('a build', () => {
  it.each([
    ['cpu', 'Dockerfile', { CPU_OR_GPU: 'cpu' }],
    ['gpu', 'Dockerfile', { CPU_OR_GPU: 'gpu' }],
    ['slim', 'Dockerfile.slim', { VARIANT: 'slim' }],
    ['slim-torch', 'Dockerfile.slim', { VARIANT: 'slim-torch' }],
  ] as const)('of %s is by %s', (variant, dockerfile, expected) => {
    expect(planBuild(descriptorTrack, variant)).toEqual({
      dockerfile,
      tag: `meta-vsc-descriptor-runtime:${variant}-local`,
      arguments: expected,
    });
  });

  it('reports what is printed, a line at a time, and labels the image with what it is from', async () => {
    const root = await folderWith(files);
    const { reporter, events } = recorder();
    const asked: unknown[] = [];
    const image = { id: 'sha256:1', tags: [], digests: [], bytes: 1, labels: {} };
    const engine = {
      ...fakeEngine(),
      build: async (request: unknown, _context: unknown, onLog: (text: string) => void) => {
        asked.push(request);
        for (const text of ['Step 1', ' : FROM x  \n\n', 'no end']) onLog(text);
        return image;
      },
    };
    const request = planBuild(descriptorTrack, 'slim');
    expect(await buildImage(request, root, engine, reporter, quiet)).toBe(image);
    expect(asked).toEqual([
      { ...request, labels: { 'vsc.runtime.digest': await digestContext(root) } },
    ]);
    expect(events).toEqual([
      { type: 'step', message: `Building ${request.tag} from ${root}` },
      { type: 'log', line: 'Step 1 : FROM x' },
      { type: 'log', line: 'no end' },
    ]);
  });

  it('is from the first runtime/ that has the Dockerfile', async () => {
    const [without, has] = [await folderWith(), await folderWith({ 'runtime/Dockerfile': '' })];
    expect(await findBuildContext('Dockerfile', [without, has])).toBe(join(has, 'runtime'));
    const none = await findBuildContext('Dockerfile.slim', [without, has]).catch((it) => it);
    expect(none).toBeInstanceOf(EnvironmentError);
    expect(none.message).toBe(
      `There is no runtime/Dockerfile.slim to build from in ${without} or ${has}.`,
    );
  });

  it('says of a .dockerignore that can not be read which folder has it', async () => {
    const root = await folderWith({ '.dockerignore/x': '' });
    await expect(contextPaths(root)).rejects.toThrow(`${root}/.dockerignore is a folder`);
  });
});
