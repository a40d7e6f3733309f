import { open, rm } from 'node:fs/promises';
import { localDisk } from '../files.ts';
import type { Reporter } from '../progress/events.ts';
import { formatBytes } from '../progress/format.ts';
import { TextFilter } from './text-filter.ts';

/** Bytes of the end of the log that are remembered, to tell what a program died of. */
const tailBytes = 16 * 1024;

/** Bytes of its beginning: what the runtime says before it starts the code. */
const headBytes = 4 * 1024;

/** Ends colours and whatever else of a text's look an escape sequence has changed. */
const plainStyle = '\x1b[0m';

/** Whether text after this chunk would still be coloured, or whatever the last sequence made it. */
function endsStyled(chunk: Uint8Array, before: boolean): boolean {
  const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1');
  const end = text.lastIndexOf('\x1b[');
  return end < 0 ? before : !/^0?m/.test(text.slice(end + 2, end + 4));
}

/** The log of a run: on the disk and at the terminal as it comes, both the same. */
export interface RunLog {
  write(chunk: Uint8Array): Promise<void>;
  /** The first of what was written. */
  head(): string;
  /** The last of what was written. */
  tail(): string;
  close(): Promise<void>;
}

/**
 * Begins the log at `path`, in place of an earlier run's (a run that still writes keeps its own).
 * After `maxBytes` the rest is thrown away, with a line that says so. What could take a terminal
 * over is made harmless, and what was coloured or hidden does not stay so.
 * @throws EnvironmentError where the disk is full
 */
export async function openLog(path: string, maxBytes: number, reporter: Reporter): Promise<RunLog> {
  const disk = <T>(call: () => Promise<T>) => localDisk(`write ${path}`, call);
  await disk(() => rm(path, { force: true }));
  const file = await disk(() => open(path, 'wx'));
  const filter = new TextFilter();
  let written = 0;
  let cut = false;
  let styled = false;
  let head = Buffer.alloc(0);
  let tail = Buffer.alloc(0);

  const put = async (chunk: Uint8Array) => {
    written += chunk.length;
    styled = endsStyled(chunk, styled);
    if (head.length < headBytes) head = Buffer.concat([head, chunk]).subarray(0, headBytes);
    tail = Buffer.concat([tail, chunk]).subarray(-tailBytes);
    await disk(() => file.writeFile(chunk));
    await reporter.output(chunk);
  };
  const resetStyle = async () => {
    if (styled) await put(Buffer.from(plainStyle));
  };
  const end = `\n[vsc: the log has reached ${formatBytes(maxBytes)}; the rest is not kept]\n`;

  return {
    async write(chunk) {
      if (cut) return;
      const text = filter.push(chunk);
      const room = maxBytes - written;
      if (text.length > 0) await put(text.subarray(0, room));
      if (text.length <= room) return;
      cut = true;
      await resetStyle();
      await put(Buffer.from(end));
    },
    head: () => head.toString(),
    tail: () => tail.toString(),
    async close() {
      try {
        const rest = filter.end();
        if (!cut && rest.length > 0) await put(rest);
        if (!cut) await resetStyle();
      } finally {
        await file.close();
      }
    },
  };
}
