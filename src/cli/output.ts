import { fstatSync, writeSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { systemCode } from '../errors.ts';
import { writeWhole } from '../progress/sink.ts';

/** Where text goes. */
export interface Output {
  readonly isTTY: boolean;
  /** Writes a whole text. A reader that went away (`vsc | head`) is no reason to stop half way. */
  write(text: string): Promise<void>;
  /** For what is written bit by bit, or moves. */
  stream(): Writable & Partial<Pick<NodeJS.WriteStream, 'columns' | 'rows'>>;
}

/** What stands behind a number that the process was given: its stream, and whether that is a terminal. */
export interface Opener<Stream> {
  readonly fd: number;
  readonly open: () => Stream;
}

/**
 * Whether a stream is a terminal. Node would load its network to say so; what is no device, a pipe or a
 * file, is none.
 */
export function isTerminal({ fd, open }: Opener<{ readonly isTTY?: boolean }>): boolean {
  try {
    return fstatSync(fd).isCharacterDevice() && open().isTTY === true;
  } catch {
    return false; // it was closed before vsc began
  }
}

/**
 * stdout or stderr, whose stream is opened by the first who needs it: to load Node's streams takes a fifth of
 * a start. Until then a text goes straight to a pipe or file, and waits for the reader as the stream does.
 */
export function processOutput({ fd, open }: Opener<NodeJS.WriteStream>): Output {
  let opened: NodeJS.WriteStream | undefined;
  const stream = () => (opened ??= open().on('error', () => {}));
  const isTTY = isTerminal({ fd, open: stream });
  return {
    isTTY,
    stream,
    async write(text) {
      const rest = opened === undefined ? writeNow(fd, Buffer.from(text)) : text;
      if (rest.length > 0) await writeWhole(stream(), rest);
    },
  };
}

/** Writes what the reader takes at once, and returns the rest: of one that went away, nothing. */
function writeNow(fd: number, bytes: Buffer): Buffer {
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(fd, bytes, written);
  } catch (error) {
    if (systemCode(error) === 'EAGAIN') return bytes.subarray(written);
    return Buffer.alloc(0);
  }
  return Buffer.alloc(0);
}
