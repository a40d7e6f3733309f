import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { systemCode } from '../errors.ts';
import type { LogTail } from './model.ts';

/** Bytes of a log that a report keeps: a few hundred lines. */
const tailBytes = 32 * 1024;

/** The end of the log at `path`, from the start of a line; undefined where there is no log. */
export async function readLogTail(path: string, bytes = tailBytes): Promise<LogTail | undefined> {
  const file = await open(path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - bytes);
    const buffer = Buffer.alloc(Math.min(size, bytes));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, start);
    const text = buffer.toString('utf8', 0, bytesRead);
    const complete = start === 0;
    return { file: basename(path), text: complete ? text : fromNextLine(text), complete };
  } finally {
    await file.close();
  }
}

/** Without what is left of a line whose beginning is missing, unless that is all there is. */
function fromNextLine(text: string): string {
  const end = text.indexOf('\n');
  return end === -1 || end === text.length - 1 ? text : text.slice(end + 1);
}
