import type { FileHandle } from 'node:fs/promises';

/**
 * Memory for the chunks of files, used again once a chunk is needed no more: to give a process new memory can cost
 * the system more than all that is then done with it.
 */
export class ChunkPool {
  readonly #chunkBytes: number;
  readonly #free: Buffer[] = [];
  /** Lengths of the chunks that were lent, by their memory. */
  readonly #lent = new WeakMap<ArrayBufferLike, number>();

  /** @param chunkBytes how much is read at once */
  constructor(chunkBytes: number) {
    this.#chunkBytes = chunkBytes;
  }

  /** Reads a file from where it stands to its end, one chunk ahead, and closes it. */
  async *read(file: FileHandle): AsyncGenerator<Buffer, void, void> {
    let ahead = this.#readOne(file);
    try {
      for (;;) {
        const chunk = await ahead;
        if (chunk.length === 0) return;
        ahead = this.#readOne(file);
        yield chunk;
      }
    } finally {
      // Empty at the end of the file, else seen by nobody.
      await ahead.then(
        (chunk) => this.release(chunk),
        () => undefined,
      );
      await file.close();
    }
  }

  /** Takes back a chunk at which nobody looks any more. What is no whole chunk of this pool is left alone. */
  release(chunk: Uint8Array): void {
    const { buffer, byteOffset, length } = chunk;
    if (byteOffset !== 0 || this.#lent.get(buffer) !== length) return;
    this.#lent.delete(buffer);
    this.#free.push(Buffer.from(buffer));
  }

  async #readOne(file: FileHandle): Promise<Buffer> {
    const memory = this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#chunkBytes);
    const { bytesRead } = await file.read(memory, 0, memory.length, null);
    this.#lent.set(memory.buffer, bytesRead);
    return memory.subarray(0, bytesRead);
  }
}
