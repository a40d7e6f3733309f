import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Reporter } from './events.ts';

/** A reporter that draws, and has to be told when nothing more comes. */
export interface Sink extends Reporter {
  /** Takes down what moves (bars), so that other text can follow. */
  close(): void;
}

/** Writes all of `chunk`; settles when the stream takes more. A stream that is gone takes all. */
export async function writeWhole(stream: Writable, chunk: Uint8Array | string): Promise<void> {
  if (stream.destroyed || stream.write(chunk)) return;
  const settled = new AbortController();
  const { signal } = settled;
  const events = ['drain', 'close'].map((event) => once(stream, event, { signal }));
  await Promise.race(events).finally(() => {
    for (const event of events) event.catch(() => {});
    settled.abort(); // or the other's listener stays, one more with every write
  });
}

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
