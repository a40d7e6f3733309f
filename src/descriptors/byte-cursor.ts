import { MalformedFile } from './malformed.ts';

/**
 * Takes counted bytes off a stream of chunks. Chunks may be reused by their producer, so a chunk
 * that is handed out is valid until the next call.
 */
export class ByteCursor {
  /** How many bytes have been taken. */
  position = 0;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next bytes, at most `limit` and at least one; `undefined` at the end. */
  async next(limit = Number.POSITIVE_INFINITY): Promise<Uint8Array | undefined> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done) return undefined;
      this.#rest = value;
    }
    const piece = this.#rest.subarray(0, Math.min(limit, this.#rest.length));
    this.#rest = this.#rest.subarray(piece.length);
    this.position += piece.length;
    return piece;
  }

  /** A copy of the next `length` bytes; fewer only at the end. */
  async takeUpTo(length: number): Promise<Buffer> {
    const taken = Buffer.alloc(length);
    let filled = 0;
    while (filled < length) {
      const piece = await this.next(length - filled);
      if (piece === undefined) break;
      taken.set(piece, filled);
      filled += piece.length;
    }
    return taken.subarray(0, filled);
  }

  /** A copy of the next `length` bytes. Throws {@link MalformedFile} if there are fewer. */
  async take(length: number): Promise<Buffer> {
    const taken = await this.takeUpTo(length);
    if (taken.length < length) {
      throw new MalformedFile(
        `It is cut off: ${length} bytes were expected, ${taken.length} are there.`,
      );
    }
    return taken;
  }

  /** The next `length` bytes, piece by piece. Throws {@link MalformedFile} if there are fewer. */
  async *range(length: number): AsyncGenerator<Uint8Array, void, void> {
    let left = length;
    while (left > 0) {
      const piece = await this.next(left);
      if (piece === undefined) {
        throw new MalformedFile(`It is cut off: ${left} of ${length} bytes are not there.`);
      }
      left -= piece.length;
      yield piece;
    }
  }

  /** Passes over the next `length` bytes. Throws {@link MalformedFile} if there are fewer. */
  async skip(length: number): Promise<void> {
    for await (const _ of this.range(length)); // nobody asked for these
  }

  /** Everything that is left, piece by piece. */
  async *remainder(): AsyncGenerator<Uint8Array, void, void> {
    for (let piece = await this.next(); piece !== undefined; piece = await this.next()) yield piece;
  }

  /** Reads to the end, so that whatever verifies the stream can. */
  async drain(): Promise<void> {
    while ((await this.next()) !== undefined);
  }

  /** Ends the stream of chunks early. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}

/** How the items of a stream lie in it. */
export interface ItemLayout {
  /** In bytes. */
  readonly itemSize: number;
  readonly bigEndian: boolean;
  /** Bytes of the words that an item consists of, for alignment and byte order: 1, 2, 4 or 8. */
  readonly wordSize?: number;
}

/**
 * Cuts `chunks` anew so that each holds whole items, aligned in memory to their words and in this
 * machine's byte order. What is left over at the end is no item and is dropped. A chunk is valid until
 * the next one is asked for.
 */
export async function* wholeItems(
  chunks: AsyncIterable<Uint8Array>,
  { itemSize, bigEndian, wordSize = itemSize }: ItemLayout,
): AsyncGenerator<Uint8Array, void, void> {
  let scratch = new Uint8Array(0);
  let carried = 0; // bytes at the start of scratch
  const reserve = (capacity: number) => {
    if (scratch.length >= capacity) return;
    const larger = new Uint8Array(Math.max(capacity, 2 * scratch.length));
    larger.set(scratch.subarray(0, carried));
    scratch = larger;
  };
  for await (const chunk of chunks) {
    let items = chunk;
    if (carried > 0 || chunk.byteOffset % wordSize !== 0) {
      reserve(carried + chunk.length);
      scratch.set(chunk, carried);
      items = scratch.subarray(0, carried + chunk.length);
    }
    const end = items.length - (items.length % itemSize);
    const whole = items.subarray(0, end);
    if (end > 0) yield bigEndian ? swapped(whole, wordSize) : whole;
    const rest = items.subarray(end);
    // An item of many chunks grows where it is: moved with each, it would take the square of its size.
    const isInPlace = end === 0 && carried > 0;
    if (!isInPlace) {
      reserve(rest.length);
      scratch.set(rest);
    }
    carried = rest.length;
  }
}

/** A copy with the bytes of every word in the other order. */
function swapped(items: Uint8Array, wordSize: number): Uint8Array {
  const copy = Buffer.from(new Uint8Array(items).buffer);
  if (wordSize === 1) return copy;
  if (wordSize === 2) return copy.swap16();
  return wordSize === 4 ? copy.swap32() : copy.swap64();
}
