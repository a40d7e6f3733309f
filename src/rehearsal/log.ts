import { open, rm } from 'node:fs/promises';
import { localDisk } from '../files.ts';
import type { Reporter } from '../progress/events.ts';
import { formatBytes } from '../progress/format.ts';
import { Mask } from '../progress/mask.ts';
import { OutputFilter } from '../progress/output-filter.ts';

/** Bytes of the end of the log that are remembered, to tell what a program died of. */
const tailBytes = 16 * 1024;

/** Bytes of its beginning: what the runtime says before it starts the code. */
const headBytes = 4 * 1024;

/** The log of a run: on the disk and at the terminal as it comes, both the same. */
export interface RunLog {
  write(chunk: Uint8Array): Promise<void>;
  /** Ends one container's output: the next one's begins below it, in plain style. */
  endOutput(): Promise<void>;
  /** The first of what was written. */
  head(): string;
  /** The last of what was written. */
  tail(): string;
  close(): Promise<void>;
}

/**
 * Begins the log at `path`, in place of an earlier run's (a run that still writes keeps its own).
 * After `maxBytes` the rest is thrown away, with a line that says so. What could take a terminal
 * over is made harmless, and where an output ends nothing stays coloured, hidden or above its lines.
 * @param secrets what is not to be in it
 * @throws EnvironmentError where the disk is full
 */
export async function openLog(
  path: string,
  maxBytes: number,
  reporter: Reporter,
  secrets: readonly string[] = [],
): Promise<RunLog> {
  const disk = <T>(call: () => Promise<T>) => localDisk(`write ${path}`, call);
  await disk(() => rm(path, { force: true }));
  const file = await disk(() => open(path, 'wx'));
  const mask = new Mask(secrets);
  let filter = new OutputFilter(reporter.inCi ?? false);
  let written = 0;
  let cut = false;
  let head = Buffer.alloc(0);
  let tail = Buffer.alloc(0);

  const put = async (chunk: Uint8Array) => {
    if (chunk.length === 0) return;
    written += chunk.length;
    if (head.length < headBytes) head = Buffer.concat([head, chunk]).subarray(0, headBytes);
    tail = Buffer.concat([tail, chunk]).subarray(-tailBytes);
    await disk(() => file.writeFile(chunk));
    await reporter.output(chunk);
  };
  const pass = async (chunk: Uint8Array) => {
    if (cut) return;
    const before = filter.copy();
    const text = filter.push(chunk);
    const room = maxBytes - written;
    cut = text.length > room;
    if (!cut) return put(text);
    // What has passed passes again: so the filter knows where the output ends now.
    filter = before;
    await put(filter.push(text.subarray(0, room)));
    await put(filter.end());
    await put(Buffer.from(end));
  };
  const endOutput = async () => {
    await pass(mask.end());
    if (!cut) await put(filter.end());
  };
  const end = `[vsc: the log has reached ${formatBytes(maxBytes)}; the rest is not kept]\n`;

  return {
    write: (chunk) => pass(mask.push(chunk)),
    endOutput,
    head: () => head.toString(),
    tail: () => tail.toString(),
    async close() {
      try {
        await endOutput();
      } finally {
        await file.close();
      }
    },
  };
}
