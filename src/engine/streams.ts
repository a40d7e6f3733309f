import type { Readable } from 'node:stream';

/**
 * The JSON objects of an engine's event stream, one a line. The last line may lack its newline, and
 * a line may come in pieces.
 */
export async function* jsonLines(stream: Readable): AsyncGenerator<Record<string, unknown>> {
  let rest = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line);
  }
  if (rest.trim() !== '') yield JSON.parse(rest);
}

const headerLength = 8;

/** A piece of an attached container's output. */
export interface Frame {
  readonly source: 'stdout' | 'stderr';
  readonly payload: Uint8Array;
}

/**
 * The output of an attached container, stdout and stderr in the order in which they came. A frame is
 * one byte for the stream, three of zero, four of big-endian length, then the payload (Docker Engine
 * API, "ContainerAttach"). Payloads are passed on as they arrive, not frame by frame, and no faster
 * than the consumer asks for them.
 */
export async function* frames(stream: Readable): AsyncGenerator<Frame> {
  let header = Buffer.alloc(0);
  let source: Frame['source'] = 'stdout';
  let left = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let position = 0;
    while (position < chunk.length) {
      if (left === 0) {
        const piece = chunk.subarray(position, position + headerLength - header.length);
        header = Buffer.concat([header, piece]);
        position += piece.length;
        if (header.length < headerLength) break;
        left = header.readUInt32BE(4);
        source = header[0] === 2 ? 'stderr' : 'stdout';
        header = Buffer.alloc(0);
        continue;
      }
      const payload = chunk.subarray(position, position + left);
      position += payload.length;
      left -= payload.length;
      yield { source, payload };
    }
  }
}
