import { mkdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { execa } from 'execa';
import { onTestFinished } from 'vitest';

/** Makes something at a path that is no file. */
type Make = (path: string) => Promise<unknown>;

const makers: Readonly<Record<string, Make>> = {
  'a folder': async (path) => {
    await rm(path, { recursive: true, force: true });
    await mkdir(path);
  },
  'a named pipe': (path) => execa('mkfifo', [path]),
  'a socket': async (path) => {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(path, listening));
    onTestFinished(() => void server.close());
  },
  // One that never ends, to whoever reads it.
  ...(process.getuid?.() === 0 && {
    'a device': (path: string) => execa('mknod', [path, 'c', '1', '5']),
  }),
};

/** What is no file, in the words of `vsc`; devices only as root, for nobody else can make one. */
export const oddities = Object.keys(makers);

/** Those of them that would keep a reader waiting, or are endless. */
export const specialFiles = oddities.filter((name) => name !== 'a folder');

/** Makes one of `oddities` at `path`, in place of what is there. */
export async function placeOddity(what: string, path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
  await makers[what]?.(path);
}

/** Makes 2,500 folders in one another at `path`: deeper than any path can name. */
export async function placeDeepFolder(path: string, name = 'd'): Promise<void> {
  await placeOddity('a folder', path);
  const dig = `import os\nfor _ in range(2500):\n  os.mkdir("${name}")\n  os.chdir("${name}")`;
  await execa('python3', ['-c', dig], { cwd: path });
  onTestFinished(async () => void (await execa('rm', ['-rf', path])));
}

/** Path of a file in `folder` whose name, `caf\xe9`, is not UTF-8. */
export function notUtf8(folder: string): Buffer {
  return Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([0xe9])]);
}
