import { type FileHandle, readFile, rm, writeFile } from 'node:fs/promises';
import { localDisk, moveTo } from '../files.ts';
import { openToContinue, requireReplaceable } from '../places.ts';

/** What a server said of the file that was begun: by it the rest is known to belong to the same. */
export interface Remembered {
  /** A strong `ETag`, or a `Last-Modified`, as `If-Range` takes it. */
  readonly validator: string;
  /** Of the whole file. */
  readonly size?: number;
}

/** What stands beside a file until it is whole. */
export const partialName = (path: string) => `${path}.part`;

/** What stands beside that, to go on with it. */
export const memoryName = (path: string) => `${path}.part.json`;

/**
 * A file that is not whole yet: `<name>.part` beside its place, and `<name>.part.json` with what is
 * remembered of it. Both outlive the process, so that another can go on.
 */
export class PartialFile {
  /** Bytes so far. */
  length: number;
  /** Undefined where another process could not go on with it. */
  memory: Remembered | undefined;
  readonly #path: string;
  readonly #file: FileHandle;

  private constructor(path: string, file: FileHandle, length: number, memory?: Remembered) {
    this.#path = path;
    this.#file = file;
    this.length = length;
    this.memory = memory;
  }

  /** @throws EnvironmentError for what is in the way, or can't be written */
  static open(path: string): Promise<PartialFile> {
    return localDisk(`write ${partialName(path)}`, async () => {
      await requireReplaceable(path, memoryName(path));
      const file = await openToContinue(partialName(path));
      const { size } = await file.stat();
      return new PartialFile(path, file, size, await readMemory(memoryName(path)));
    });
  }

  /** Where it is while it isn't whole. */
  get path(): string {
    return partialName(this.#path);
  }

  /** Forgets what there is, and remembers what comes. */
  async startOver(memory?: Remembered): Promise<void> {
    const path = memoryName(this.#path);
    await localDisk(`write ${path}`, async () => {
      // In this order: what is remembered never belongs to other bytes than those that are there.
      await rm(path, { force: true });
      await this.#file.truncate(0);
      if (memory !== undefined) await writeFile(path, JSON.stringify(memory), { flag: 'wx' });
    });
    this.length = 0;
    this.memory = memory;
  }

  /** @throws EnvironmentError, e.g. where the disk is full */
  async append(chunk: Uint8Array): Promise<void> {
    await localDisk(`write ${this.path}`, async () => {
      for (let done = 0; done < chunk.length; ) {
        const left = chunk.length - done;
        done += (await this.#file.write(chunk, done, left, this.length + done)).bytesWritten;
      }
    });
    this.length += chunk.length;
  }

  /** Gives the whole file its name. */
  async publish(): Promise<void> {
    await localDisk(`write ${this.#path}`, async () => {
      await this.#file.sync();
      await moveTo(this.path, this.#path);
      await rm(memoryName(this.#path), { force: true });
    });
  }

  /** Ends the writing. What has no bytes, or could not be gone on with, goes. */
  async close(): Promise<void> {
    await this.#file.close();
    if (this.length > 0 && this.memory !== undefined) return;
    await removePartial(this.#path);
  }
}

/** Removes what stands beside a file that isn't whole. */
export async function removePartial(path: string): Promise<void> {
  await rm(partialName(path), { force: true });
  await rm(memoryName(path), { force: true });
}

/** What is remembered; undefined for whatever is not as we write it. */
async function readMemory(path: string): Promise<Remembered | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  try {
    const { validator, size } = JSON.parse(text) as Record<string, unknown>;
    // As a header may be.
    if (typeof validator !== 'string' || !/^[\x20-\x7e]{1,1000}$/.test(validator)) return undefined;
    return { validator, ...(Number.isSafeInteger(size) && { size: size as number }) };
  } catch {
    return undefined;
  }
}
