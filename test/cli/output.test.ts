import { closeSync, constants, openSync, readSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { execa } from 'execa';
import { describe, expect, it, onTestFinished } from 'vitest';
import { processOutput } from '../../src/cli/output.ts';
import { folderWith } from '../support/folder.ts';

/** An output to a file descriptor, and what went to its stream, where that was opened. */
function outputTo(fd: number) {
  onTestFinished(() => closeSync(fd));
  const chunks: Buffer[] = [];
  let opened = 0;
  const open = () => {
    opened += 1;
    const stream = new PassThrough({ highWaterMark: 2 ** 20 });
    return Object.assign(stream, { isTTY: false }).on('data', (chunk) => chunks.push(chunk));
  };
  const output = processOutput({ fd, open: open as never });
  return { output, opened: () => opened, streamed: () => Buffer.concat(chunks).toString() };
}

const pipe = async () => {
  const path = join(await folderWith(), 'pipe');
  await execa('mkfifo', [path]);
  return path;
};

describe('an output of the process', () => {
  it('is written to without a stream, until one is asked for', async () => {
    const path = join(await folderWith(), 'file');
    const { output, opened, streamed } = outputTo(openSync(path, 'w'));
    await output.write('straight, ä\n');
    expect({ opened: opened(), isTTY: output.isTTY }).toEqual({ opened: 0, isTTY: false });
    output.stream().write('streamed ');
    await output.write('after it');
    expect(await readFile(path, 'utf8')).toBe('straight, ä\n');
    expect({ opened: opened(), streamed: streamed() }).toEqual({
      opened: 1,
      streamed: 'streamed after it',
    });
  });

  it('leaves to the stream what a full pipe does not take', async () => {
    const fd = openSync(await pipe(), constants.O_RDWR | constants.O_NONBLOCK);
    const { output, streamed } = outputTo(fd);
    const text = 'ä line\n'.repeat(20_000);
    await output.write(text);
    const bytes = Buffer.alloc(2 ** 20);
    const taken = bytes.subarray(0, readSync(fd, bytes)).toString();
    expect(taken.length).toBeGreaterThan(0);
    expect(streamed().length).toBeGreaterThan(0);
    expect(Buffer.concat([Buffer.from(taken), Buffer.from(streamed())]).toString()).toBe(text);
  });

  it('goes on where the reader went away', async () => {
    const path = await pipe();
    const reader = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    const { output, opened } = outputTo(openSync(path, 'w'));
    closeSync(reader);
    await output.write('to nobody');
    expect(opened()).toBe(0);
  });
});
