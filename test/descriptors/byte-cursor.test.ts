import { describe, expect, it } from 'vitest';
import { ByteCursor, type ItemLayout, wholeItems } from '../../src/descriptors/byte-cursor.ts';
import { MalformedFile } from '../../src/descriptors/malformed.ts';

/** Text in pieces, each in the memory of the one before; `ended` once nobody asks for more. */
function stream(...pieces: readonly string[]) {
  const state = { ended: false };
  const memory = Buffer.alloc(Math.max(...pieces.map(({ length }) => length)));
  const chunks = (async function* () {
    try {
      for (const piece of pieces) {
        memory.fill('#').write(piece, 'latin1');
        yield memory.subarray(0, piece.length);
      }
    } finally {
      state.ended = true;
    }
  })();
  return { chunks, cursor: new ByteCursor(chunks), state };
}

const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('latin1');

describe('a cursor', () => {
  it('hands out what there is, never nothing, until the end', async () => {
    const { cursor } = stream('abc', '', 'de');
    expect(text(await cursor.next(2))).toBe('ab');
    expect(text(await cursor.next(2))).toBe('c');
    expect(cursor.position).toBe(3);
    expect(text(await cursor.next())).toBe('de');
    expect(await cursor.next()).toBeUndefined();
    expect(cursor.position).toBe(5);
  });

  it('takes bytes across pieces, which are its own', async () => {
    const { cursor } = stream('abc', 'def', 'g');
    const taken = await cursor.takeUpTo(4);
    expect(text(await cursor.take(2))).toBe('ef');
    expect(text(taken)).toBe('abcd');
    expect(text(await cursor.takeUpTo(9))).toBe('g');
    expect(text(await cursor.take(0))).toBe('');
  });

  it('tells how much is missing', async () => {
    const take = stream('abc').cursor.take(4);
    await expect(take).rejects.toThrow(MalformedFile);
    await expect(take).rejects.toThrow('It is cut off: 4 bytes were expected, 3 are there.');
    const skip = stream('abc', 'd').cursor.skip(6);
    await expect(skip).rejects.toThrow(MalformedFile);
    await expect(skip).rejects.toThrow('It is cut off: 2 of 6 bytes are not there.');
  });

  it('passes over so many bytes and no more', async () => {
    const { cursor, state } = stream('abc', 'def');
    await cursor.skip(4);
    expect(text(await cursor.next())).toBe('ef');
    expect(state.ended).toBe(false);
    await cursor.close();
    expect(state.ended).toBe(true);
    expect(await cursor.next()).toBeUndefined();
  });

  it('reads what is left, or only to the end of it', async () => {
    const { cursor } = stream('abc', 'def');
    await cursor.take(2);
    let rest = '';
    for await (const piece of cursor.remainder()) rest += text(piece);
    expect(rest).toBe('cdef');
    const drained = stream('abc', 'def');
    await drained.cursor.drain();
    expect(drained.cursor.position).toBe(6);
    expect(drained.state.ended).toBe(true);
  });
});

describe('whole items', () => {
  const data = Buffer.from(Array.from({ length: 48 }, (_, at) => at));

  /** Pieces of `by` bytes that begin at any address, in memory that is used again. */
  async function* pieces(by: number, shift: number) {
    const memory = new Uint8Array(shift + by);
    for (let at = 0; at < data.length; at += by) {
      const piece = data.subarray(at, at + by);
      memory.set(piece, shift);
      yield memory.subarray(shift, shift + piece.length);
      memory.fill(0xee);
    }
  }

  async function itemsOf(layout: ItemLayout, by: number, shift: number) {
    const items: Buffer[] = [];
    for await (const chunk of wholeItems(pieces(by, shift), layout)) {
      expect(chunk.length % layout.itemSize).toBe(0);
      expect(chunk.byteOffset % (layout.wordSize ?? layout.itemSize)).toBe(0);
      for (let at = 0; at < chunk.length; at += layout.itemSize) {
        items.push(Buffer.from(chunk.subarray(at, at + layout.itemSize)));
      }
    }
    return items;
  }

  const layouts = [
    { itemSize: 1 },
    { itemSize: 2 },
    { itemSize: 4 },
    { itemSize: 8 },
    { itemSize: 12, wordSize: 4 },
    { itemSize: 20, wordSize: 4 },
    { itemSize: 64, wordSize: 4 },
  ] as const;

  it.each(layouts)('of %j are the same however the bytes come', async (layout) => {
    const { itemSize } = layout;
    const wordSize = 'wordSize' in layout ? layout.wordSize : itemSize;
    const count = Math.floor(data.length / itemSize);
    const item = (at: number) => Buffer.from(data.subarray(at * itemSize, (at + 1) * itemSize));
    const expected = Array.from({ length: count }, (_, at) => item(at));
    const turned = Array.from({ length: count }, (_, at) => {
      if (wordSize === 1) return item(at);
      if (wordSize === 2) return item(at).swap16();
      return wordSize === 4 ? item(at).swap32() : item(at).swap64();
    });
    for (const by of [1, 3, 4, 7, 8, 16, 48]) {
      for (const shift of [0, 1, 4]) {
        expect(await itemsOf({ ...layout, bigEndian: false }, by, shift)).toEqual(expected);
        expect(await itemsOf({ ...layout, bigEndian: true }, by, shift)).toEqual(turned);
      }
    }
  });

  it('leave the chunks as they were', async () => {
    const chunk = Buffer.from('abcd');
    const once = (async function* () {
      yield chunk;
    })();
    for await (const _ of wholeItems(once, { itemSize: 4, bigEndian: true }));
    expect(chunk.toString()).toBe('abcd');
  });
});
