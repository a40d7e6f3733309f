import type { FileHandle } from 'node:fs/promises';

const newline = 0x0a;

/** Bytes that are read at a time. */
const step = 64 * 1024;

/**
 * Where the last `count` lines of a file begin, in bytes: it is read from its end, a little at a time. What comes
 * after the last line end is a line, too.
 */
export async function startOfLastLines(
  file: FileHandle,
  size: number,
  count: number,
): Promise<number> {
  if (count === 0) return size;
  const memory = Buffer.alloc(Math.min(step, size));
  let left = count;
  for (let end = size; end > 0; ) {
    const from = Math.max(0, end - step);
    const { bytesRead } = await file.read(memory, 0, end - from, from);
    for (let at = bytesRead - 1; at >= 0; at -= 1) {
      const isOfLast = from + at === size - 1; // it ends a line, and begins none
      if (memory[at] !== newline || isOfLast) continue;
      left -= 1;
      if (left === 0) return from + at + 1;
    }
    end = from;
  }
  return 0;
}
