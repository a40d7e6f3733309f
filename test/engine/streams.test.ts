import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { frames, jsonLines } from '../../src/engine/streams.ts';

const gather = async <T>(items: AsyncIterable<T>) => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};

/** The bytes in pieces of `size`, as a socket may deliver them. */
const inPieces = (bytes: Buffer, size: number) =>
  Readable.from(
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    ),
  );

describe('jsonLines', () => {
  it.each([1, 2, 3, 7, 1000])('reads lines that come in pieces of %i bytes', async (size) => {
    const text = '{"stream":"Käse"}\r\n\n{"a":1}\n{"error":"no newline at the end"}';
    expect(await gather(jsonLines(inPieces(Buffer.from(text), size)))).toEqual([
      { stream: 'Käse' },
      { a: 1 },
      { error: 'no newline at the end' },
    ]);
  });
});

describe('frames', () => {
  const frame = (stream: number, text: string) => {
    const header = Buffer.alloc(8);
    header[0] = stream;
    header.writeUInt32BE(Buffer.byteLength(text), 4);
    return Buffer.concat([header, Buffer.from(text)]);
  };
  const bytes = Buffer.concat([
    frame(1, 'out\n'),
    frame(2, ''),
    frame(2, 'err'),
    frame(1, '\rbar'),
  ]);

  it.each([1, 3, 8, 9, 1000])('keeps the order, in pieces of %i bytes', async (size) => {
    const chunks = (await gather(frames(inPieces(bytes, size)))).map(({ payload }) => payload);
    expect(Buffer.concat(chunks).toString()).toBe('out\nerr\rbar');
  });

  it('passes on what is there before the frame is whole', async () => {
    const begun = frames(Readable.from([frame(2, 'long line').subarray(0, 12)]));
    const { value } = await begun.next();
    expect(value).toMatchObject({ source: 'stderr', payload: Buffer.from('long') });
  });
});
