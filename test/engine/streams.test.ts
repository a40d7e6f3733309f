import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { BuildFailed } from '../../src/engine/errors.ts';
import { buildImage, frames, jsonLines } from '../../src/engine/streams.ts';

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
    const pieces = await gather(frames(inPieces(bytes, size)));
    const chunks = pieces.map(({ payload }) => payload);
    expect(Buffer.concat(chunks).toString()).toBe('out\nerr\rbar');
    expect([...new Set(pieces.map(({ source }) => source))]).toEqual(['stdout', 'stderr']);
    const errors = pieces.filter(({ source }) => source === 'stderr');
    expect(Buffer.concat(errors.map(({ payload }) => payload)).toString()).toBe('err');
  });

  it('passes on what is there before the frame is whole', async () => {
    const begun = frames(Readable.from([frame(2, 'long line').subarray(0, 12)]));
    const { value } = await begun.next();
    expect(value).toMatchObject({ source: 'stderr', payload: Buffer.from('long') });
  });
});

describe('buildImage', () => {
  const request = { tag: 'x:1', dockerfile: 'Dockerfile.slim', arguments: { A: '1' }, labels: {} };

  /** What is asked of the engine and logged, where it answers with these events. */
  async function build(events: readonly object[], signal = new AbortController().signal) {
    const asked: unknown[] = [];
    const log: string[] = [];
    const docker = {
      buildImage: async (_context: Readable, options: unknown) => {
        asked.push(options);
        return Readable.from(events.map((event) => Buffer.from(`${JSON.stringify(event)}\n`)));
      },
    } as unknown as Parameters<typeof buildImage>[0];
    const context = Readable.from([]);
    const building = buildImage(docker, request, context, (text) => void log.push(text), signal);
    const error = await building.catch((thrown: unknown) => thrown);
    return { asked, log, error };
  }

  it('asks for a linux/amd64 image, and for nothing to be left over', async () => {
    const { asked, error } = await build([]);
    expect(error).toBeUndefined();
    expect(asked).toMatchObject([
      {
        t: 'x:1',
        dockerfile: 'Dockerfile.slim',
        buildargs: { A: '1' },
        platform: 'linux/amd64',
        rm: true,
        forcerm: true,
      },
    ]);
  });

  it('logs steps and what a pull says, but not its progress', async () => {
    const { log } = await build([
      { status: 'Pulling from library/debian', id: '12' },
      { status: 'Downloading', progressDetail: { current: 1, total: 2 } },
      { stream: 'Step 1/2 : FROM debian\n' },
      { aux: { ID: 'sha256:abc' } },
    ]);
    expect(log).toEqual(['Pulling from library/debian\n', 'Step 1/2 : FROM debian\n']);
  });

  it('names the step that failed, and its exit code', async () => {
    const { error } = await build([
      { stream: 'Step 1/2 : FROM debian\n' },
      { stream: 'Step 2/2 : RUN false\n' },
      { stream: ' ---> Running in 12\n' },
      { error: "The command '/bin/sh -c false' returned 1", errorDetail: { code: 1 } },
    ]);
    expect(error).toBeInstanceOf(BuildFailed);
    expect(error).toMatchObject({
      message:
        "The build failed at Step 2/2 : RUN false: The command '/bin/sh -c false' returned 1",
      exitCode: 1,
    });
  });

  it('fails before the first step with what the engine says', async () => {
    const { error } = await build([{ error: 'no space left on device' }]);
    expect(error).toMatchObject({
      message: 'The build failed: no space left on device',
      exitCode: undefined,
    });
  });

  it('that is stopped fails with the reason', async () => {
    const stopped = AbortSignal.abort(new Error('stopped'));
    expect((await build([{ error: 'x' }], stopped)).error).toEqual(new Error('stopped'));
  });
});
