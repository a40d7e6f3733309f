import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { eachOf } from '../pool.ts';
import { cannot } from '../system-errors.ts';
import { isThere, videoFile } from './layout.ts';

/**
 * Those of `ids` whose video is a file (or a symlink to one) in `folder`, in the order of `ids`.
 *
 * @throws EnvironmentError if the folder can't be read
 */
export async function presentVideos(folder: string, ids: Iterable<string>): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw cannot(`list ${folder}`, error);
  });
  const there = new Set(entries.filter((entry) => entry.isFile()).map((entry) => entry.name));
  await eachOf(
    entries.filter((entry) => entry.isSymbolicLink()),
    async ({ name }) => {
      if (await isThere(join(folder, name), 'file')) there.add(name);
    },
  );
  return [...ids].filter((id) => there.has(videoFile(id)));
}

/** Sizes in bytes of videos that are there, by id. */
export async function videoSizes(
  folder: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  await eachOf(ids, async (id) => {
    sizes.set(id, (await stat(join(folder, videoFile(id)))).size);
  });
  return sizes;
}
