import { open } from 'node:fs/promises';
import type { Reporter } from '../report/events.ts';
import { formatBytes } from '../report/format.ts';
import { TextFilter } from './text-filter.ts';

/** Bytes of the end of the log that are remembered, to tell what a program died of. */
const tailBytes = 16 * 1024;

/** The log of a run: on the disk and at the terminal as it comes, both the same. */
export interface RunLog {
  write(chunk: Uint8Array): Promise<void>;
  /** The last of what was written. */
  tail(): string;
  close(): Promise<void>;
}

/**
 * Begins the log at `path`, over an earlier run's. After `maxBytes` the rest is thrown away, with a
 * line that says so. What could take a terminal over is made harmless.
 */
export async function openLog(path: string, maxBytes: number, reporter: Reporter): Promise<RunLog> {
  const file = await open(path, 'w');
  const filter = new TextFilter();
  let written = 0;
  let cut = false;
  let tail = Buffer.alloc(0);

  const put = async (chunk: Uint8Array) => {
    written += chunk.length;
    tail = Buffer.concat([tail, chunk]).subarray(-tailBytes);
    await file.write(chunk);
    await reporter.output(chunk);
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
      await put(Buffer.from(end));
    },
    tail: () => tail.toString(),
    async close() {
      const rest = filter.end();
      if (!cut && rest.length > 0) await put(rest);
      await file.close();
    },
  };
}
