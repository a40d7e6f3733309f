import { type FileHandle, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemCode } from '../errors.ts';
import { localDisk } from '../files.ts';
import { openFile } from '../places.ts';
import type { Reporter } from '../progress/events.ts';
import { OutputFilter } from '../progress/output-filter.ts';
import { startOfLastLines } from './last-lines.ts';

/** A log that may be there, and may grow. */
export interface LogSource {
  /** Where it is by now; undefined where there is none. */
  path(): Promise<string | undefined>;
  /** Whether something is at work that may write more, or begin another one in its place. */
  isGrowing(): Promise<boolean>;
}

/** How much of it is told. */
export interface LogOptions {
  readonly follow: boolean;
  /** The last so many lines of what is there; all of it where it is not said. */
  readonly lines?: number;
}

/** What telling takes. */
export interface LogWorld {
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** Takes the log as it may be shown; false once nobody reads it any more. */
  readonly giveOut: (chunk: Uint8Array) => Promise<boolean>;
}

/** A log that was told. */
export interface ToldLog {
  readonly path: string;
  /** How much was given out. */
  readonly bytes: number;
}

/** Milliseconds between two looks: not every file system tells of changes. */
const pause = 200;

/** Bytes that are read at a time. */
const step = 64 * 1024;

/**
 * Gives a log out, and goes on while it grows, also when another one takes its place. What could take a terminal
 * over is made harmless, as it was when the log was written: files can be changed.
 * @returns undefined where there is none
 * @throws EnvironmentError where it can't be read; the signal's reason
 */
export async function tellLog(
  source: LogSource,
  { follow, lines }: LogOptions,
  world: LogWorld,
): Promise<ToldLog | undefined> {
  const { signal, reporter } = world;
  let telling: Telling | undefined;
  let before = 0;
  try {
    for (;;) {
      signal.throwIfAborted();
      // Asked first: what is written until the end is read after it.
      const isGrowing = follow && (await source.isGrowing());
      const path = await source.path();
      if (path !== undefined && (await telling?.isAt(path)) !== true) {
        if (telling !== undefined) {
          await telling.goOn();
          before += await telling.end();
          reporter.report({ type: 'note', message: 'Another run has begun. Its log:' });
        }
        telling = await Telling.begin(path, telling === undefined ? lines : undefined, world);
      }
      const isRead = (await telling?.goOn()) ?? true;
      if (!isRead || !isGrowing) break;
      await sleep(pause, undefined, { signal }).catch(() => {});
    }
  } finally {
    before += (await telling?.end()) ?? 0;
  }
  return telling && { path: telling.path, bytes: before };
}

/** A log at the place that was reached in it. */
class Telling {
  path: string;
  readonly #file: FileHandle;
  readonly #world: LogWorld;
  readonly #filter: OutputFilter;
  readonly #memory = Buffer.alloc(step);
  #at: number;
  #bytes = 0;
  #isRead = true;

  private constructor(path: string, file: FileHandle, at: number, world: LogWorld) {
    this.path = path;
    this.#file = file;
    this.#at = at;
    this.#world = world;
    this.#filter = new OutputFilter(world.reporter.inCi ?? false);
  }

  /** Undefined where it is gone again. */
  static async begin(
    path: string,
    lines: number | undefined,
    world: LogWorld,
  ): Promise<Telling | undefined> {
    const file = await localDisk(`read ${path}`, () => openFile(path).catch(unlessGone));
    if (file === undefined) return undefined;
    const { size } = await file.stat();
    const at = lines === undefined ? 0 : await startOfLastLines(file, size, lines);
    return new Telling(path, file, at, world);
  }

  /** Whether the file at `path` is this one; it may have been moved there. */
  async isAt(path: string): Promise<boolean> {
    const there = await stat(path).catch(() => undefined);
    const { dev, ino } = await this.#file.stat();
    const isSame = there === undefined || (there.dev === dev && there.ino === ino);
    if (isSame && there !== undefined) this.path = path;
    return isSame;
  }

  /** Gives out what there is by now. @returns whether somebody reads it */
  async goOn(): Promise<boolean> {
    const { size } = await this.#file.stat();
    if (size < this.#at) {
      this.#at = 0; // it was emptied, and begins anew
      await this.#give(this.#filter.end());
    }
    while (this.#isRead) {
      this.#world.signal.throwIfAborted();
      const { bytesRead } = await this.#file.read(this.#memory, 0, step, this.#at);
      if (bytesRead === 0) break;
      this.#at += bytesRead;
      await this.#give(this.#filter.push(this.#memory.subarray(0, bytesRead)));
    }
    return this.#isRead;
  }

  /** Leaves the terminal as it was, wherever the log ends. @returns how many bytes were given out */
  async end(): Promise<number> {
    await this.#give(this.#filter.end());
    await this.#file.close();
    return this.#bytes;
  }

  async #give(chunk: Uint8Array): Promise<void> {
    if (chunk.length === 0 || !this.#isRead) return;
    this.#bytes += chunk.length;
    this.#isRead = await this.#world.giveOut(chunk);
  }
}

function unlessGone(error: unknown): undefined {
  if (systemCode(error) !== 'ENOENT') throw error;
}
