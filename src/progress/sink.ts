import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { withoutCommands } from './ci-commands.ts';
import type { Reporter } from './events.ts';
import { jsonText } from './json.ts';
import { OutputFilter } from './output-filter.ts';
import { inAscii } from './symbols.ts';

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
  await Promise.race(events).catch(() => {}); // an error of the stream: it is gone
  for (const event of events) event.catch(() => {});
  settled.abort(); // or the other's listener stays, one more with every write
}

/** Who reads a text, besides people. */
export interface Readers {
  /** A CI, which obeys commands in it. */
  readonly inCi?: boolean;
  /** A console that has no symbols. */
  readonly ascii?: boolean;
}

/** A text of ours, made fit for its readers. */
export function fitFor({ inCi = false, ascii = false }: Readers, text: string): string {
  const readable = ascii ? inAscii(text) : text;
  return inCi ? withoutCommands(readable) : readable;
}

/** Lines of ours and a container's output on one stream, so that neither gets into the other. */
export function textWriter(stream: Writable, readers: Readers) {
  const { inCi = false } = readers;
  const filter = new OutputFilter(inCi);
  return {
    /** Writes text of ours that stays; none of its lines is a command to a CI. */
    line(text: string): void {
      stream.write(`${fitFor(readers, text)}\n`);
    },
    /** Writes what of the output may be shown. */
    output: (chunk: Uint8Array) => writeWhole(stream, filter.push(chunk)),
    /** Ends the output, in plain style and below its last line. */
    endOutput(): void {
      const end = filter.end();
      if (end.length > 0) stream.write(end);
    },
  };
}

/** Events as one JSON object a line, for programs; a container's output is `{"type":"output","text"}`. */
export function jsonSink(stream: Writable, inCi = false): Sink {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const line = (object: object) => `${jsonText(object)}\n`;
  return {
    inCi,
    report: (event) => void stream.write(line(event)),
    output: (chunk) =>
      writeWhole(stream, line({ type: 'output', text: decoder.decode(chunk, { stream: true }) })),
    close() {},
  };
}
