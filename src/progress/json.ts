import type { Writable } from 'node:stream';
import { type Sink, writeWhole } from './sink.ts';

/** Events as one JSON object a line, for programs; a container's output is `{"type":"output","text"}`. */
export function jsonSink(stream: Writable): Sink {
  const decoder = new TextDecoder();
  const line = (object: object) => `${JSON.stringify(object)}\n`;
  return {
    report: (event) => void stream.write(line(event)),
    output: (chunk) =>
      writeWhole(stream, line({ type: 'output', text: decoder.decode(chunk, { stream: true }) })),
    close() {},
  };
}
