import type { StatsFs } from 'node:fs';
import { expect, it } from 'vitest';
import { type DiskWalk, EngineDisk, watchDisk } from '../../src/engine/disk.ts';
import { quiet } from '../support/recorder.ts';

const limit = 100;
const pace = { interval: 1, longestWalk: 50 };

/** What a watch makes of walks that find this, one after the other, and never overlap. */
const watch = (...found: (number | undefined)[]) => {
  let walking = 0;
  const walk: DiskWalk = async () => {
    walking += 1;
    expect(walking).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 3));
    walking -= 1;
    return found.shift();
  };
  return watchDisk(walk, undefined, limit, quiet, pace);
};

it('looks again and again until there is more than the limit', async () => {
  expect(await watch(0, 50, 100, 101)).toBe('diskBytes');
});

it('forgives a walk that fails now and then, but not three in a row', async () => {
  expect(await watch(undefined, undefined, 1, undefined, undefined, 101)).toBe('diskBytes');
  expect(await watch(1, undefined, undefined, undefined, 101)).toBe('diskUnmeasured');
});

it('does not wait for ever for a walk, and begins no second one meanwhile', async () => {
  let walks = 0;
  const endless = () => {
    walks += 1;
    return new Promise<number>(() => {});
  };
  expect(await watchDisk(endless, undefined, limit, quiet, pace)).toBe('diskUnmeasured');
  expect(walks).toBe(1);
});

it('ends with its container', async () => {
  const ended = new AbortController();
  const watching = watchDisk(async () => 0, undefined, limit, ended.signal, pace);
  ended.abort();
  await expect(watching).rejects.toThrow('aborted');
});

it.each([
  ['has room', { blocks: 1000, bavail: 500, bsize: 2 ** 20, files: 10, ffree: 5 }, false],
  ['has none', { blocks: 1000, bavail: 0, bsize: 2 ** 20, files: 10, ffree: 5 }, true],
  ['has no inodes', { blocks: 1000, bavail: 500, bsize: 2 ** 20, files: 10, ffree: 0 }, true],
  ['counts no inodes', { blocks: 1000, bavail: 500, bsize: 2 ** 20, files: 0, ffree: 0 }, false],
  ['tells nothing', { blocks: 0, bavail: 0, bsize: 1, files: 0, ffree: 0 }, false],
])('a disk that %s', async (_, facts, full) => {
  const look = async () => facts as StatsFs;
  expect(await new EngineDisk('/anywhere', limit, look).isFull()).toBe(full);
});

it('a disk that nobody can see is not full', async () => {
  const look = () => Promise.reject(new Error('ENOENT'));
  expect(await new EngineDisk('/anywhere', limit, look).isFull()).toBe(false);
});
