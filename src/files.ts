import { randomBytes } from 'node:crypto';
import { access, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Whether anything is at `path`, as far as may be seen; a link to nowhere is nothing. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * Has `fill` write a file beside `path`, which then takes its place: `path` is whole or what it was.
 * @param place how the file gets its name; a rename, which replaces what is there
 * @throws what `fill` or `place` throws; nothing is left beside
 */
export async function writeWhole<Made>(
  path: string,
  fill: (partial: string) => Promise<Made>,
  place: (partial: string, path: string) => Promise<void> = rename,
): Promise<Made> {
  const name = `.${basename(path)}.${randomBytes(4).toString('hex')}.partial`;
  const partial = join(dirname(path), name);
  try {
    const made = await fill(partial);
    await place(partial, path);
    return made;
  } finally {
    await rm(partial, { force: true });
  }
}

/** Writes a text whole, and to the disk. */
export async function writeTextWhole(path: string, text: string): Promise<void> {
  await writeWhole(path, async (partial) => {
    const file = await open(partial, 'wx');
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  });
}
