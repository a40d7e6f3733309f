import type { StatsFs } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { EnvironmentError } from '../errors.ts';
import { formatBytes } from '../progress/format.ts';
import type { StopReason } from './port.ts';

/** How a watch goes about it, in milliseconds. */
export interface DiskPace {
  /** Between two looks at what a container has written. */
  readonly interval: number;
  /** What one walk may take. */
  readonly longestWalk: number;
}

/** Five minutes for a walk: one is enough for ten million files. */
const usualPace: DiskPace = { interval: 2000, longestWalk: 5 * 60_000 };

/** So often in a row the engine may fail to walk through a container's files. */
const mostFailures = 3;

/** A walk through all files of a container: bytes written, or undefined where the engine failed. */
export type DiskWalk = () => Promise<number | undefined>;

/**
 * Watches what a container writes until it has `ended`, in two ways: the engine walks through its files,
 * and where the engine's disk can be seen the kernel tells how full that has become. Only the kernel
 * knows of files that are open and have no name any more.
 * @returns what to stop the container for
 * @throws the reason of `ended`
 */
export async function watchDisk(
  walk: DiskWalk,
  disk: EngineDisk | undefined,
  limit: number,
  ended: AbortSignal,
  pace = usualPace,
): Promise<StopReason> {
  const found = [watchFiles(walk, limit, ended, pace)];
  if (disk !== undefined) found.push(watchFullness(disk, ended, pace));
  return Promise.race(found);
}

async function watchFiles(
  walk: DiskWalk,
  limit: number,
  ended: AbortSignal,
  { interval, longestWalk }: DiskPace,
): Promise<StopReason> {
  const pause = (milliseconds: number) => setTimeout(milliseconds, undefined, { signal: ended });
  for (let failures = 0; failures < mostFailures; ) {
    await pause(interval);
    const back = new AbortController();
    const signal = AbortSignal.any([ended, back.signal]);
    const written = await Promise.race([
      walk(),
      setTimeout(longestWalk, 'tooLong' as const, { signal }),
    ]);
    back.abort();
    if (written === 'tooLong') break;
    if (written !== undefined && written > limit) return 'diskBytes';
    failures = written === undefined ? failures + 1 : 0;
  }
  ended.throwIfAborted();
  return 'diskUnmeasured';
}

async function watchFullness(
  disk: EngineDisk,
  ended: AbortSignal,
  { interval }: DiskPace,
): Promise<StopReason> {
  do await setTimeout(interval, undefined, { signal: ended });
  while (!(await disk.isOverfull()));
  return 'diskHidden';
}

/** Bytes that other programs may write to the engine's disk during a run before anybody is asked. */
const othersBytes = 4 * 2 ** 30;

/** Looks, a second apart, until what a removed container had used must be free again. */
const looksForFreed = 10;

/** The disk of an engine on this machine, as the kernel counts it, from just before a run on. */
export class EngineDisk {
  readonly #folder: string;
  readonly #limit: number;
  readonly #look: (folder: string) => Promise<StatsFs>;
  #usedBefore = Number.POSITIVE_INFINITY;
  #usedWhenOverfull: number | undefined;

  /**
   * @param folder where the engine keeps containers
   * @param limit what the container may write
   * @param look asks the kernel
   */
  constructor(folder: string, limit: number, look: (folder: string) => Promise<StatsFs> = statfs) {
    this.#folder = folder;
    this.#limit = limit;
    this.#look = look;
  }

  /** Just before what it writes is its own doing. A disk that can't be seen from here never becomes overfull. */
  async begin(): Promise<void> {
    this.#usedBefore = await this.#usedBytes().catch(() => Number.POSITIVE_INFINITY);
  }

  /** Whether the disk has become fuller than the container and the usual others can have made it. */
  async isOverfull(): Promise<boolean> {
    const used = await this.#usedBytes().catch(() => this.#usedBefore);
    if (used - this.#usedBefore <= this.#limit + othersBytes) return false;
    this.#usedWhenOverfull = used;
    return true;
  }

  /** Whether the disk has no room, or no inodes, for those who are not root. */
  async isFull(): Promise<boolean> {
    const disk = await this.#look(this.#folder).catch(() => undefined);
    if (disk === undefined || disk.blocks === 0) return false;
    return disk.bavail * disk.bsize < leastFreeBytes || (disk.files > 0 && disk.ffree === 0);
  }

  /**
   * Makes sure, once a container that was stopped for it is gone, that it was the container.
   * @throws EnvironmentError where its removal has freed less than it was allowed to write
   */
  async prove(): Promise<void> {
    const used = this.#usedWhenOverfull;
    if (used === undefined) throw new Error('The disk was not overfull.');
    for (let look = 0; look < looksForFreed; look++) {
      if (used - (await this.#usedBytes()) > this.#limit) return;
      await setTimeout(1000);
    }
    const grown = formatBytes(used - this.#usedBefore);
    throw new EnvironmentError(
      `The run was stopped: the engine's disk (${this.#folder}) took ${grown} meanwhile, and not from the submission.`,
      ['Run it again when nothing else fills that disk.'],
      { reason: 'engine-disk' },
    );
  }

  async #usedBytes(): Promise<number> {
    const { blocks, bfree, bsize } = await this.#look(this.#folder);
    return (blocks - bfree) * bsize;
  }
}

/** With less than this left a disk is full: nobody can write anything of use. */
const leastFreeBytes = 16 * 2 ** 20;
