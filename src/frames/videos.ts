import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { videoFile } from '../dataset/layout.ts';
import { linkOrCopy } from '../dataset/transfer.ts';
import { eachOf, isFile } from '../files.ts';
import type { Pair } from './frames.ts';

/** Where videos are looked for, the first that has one counts. */
export interface VideoFolders {
  readonly query: readonly string[];
  readonly reference: readonly string[];
}

/** The videos of pairs that are there, and those that are not. */
export interface FoundVideos {
  /** Paths by id. */
  readonly paths: ReadonlyMap<string, string>;
  readonly absent: Readonly<Record<keyof VideoFolders, readonly string[]>>;
}

/** What a video's id looks like: a path could be anything else, and rankings be anybody's. */
const idShape = /^[QR]\d+$/;

/** Looks for the videos of pairs. */
export async function findVideos(
  pairs: readonly Pair[],
  folders: VideoFolders,
): Promise<FoundVideos> {
  const paths = new Map<string, string>();
  const absent = { query: [] as string[], reference: [] as string[] };
  for (const kind of ['query', 'reference'] as const) {
    for (const id of new Set(pairs.map((pair) => pair[kind]))) {
      const path = await findVideo(id, folders[kind]);
      if (path === undefined) absent[kind].push(id);
      else paths.set(id, path);
    }
  }
  return { paths, absent };
}

async function findVideo(id: string, folders: readonly string[]): Promise<string | undefined> {
  if (!idShape.test(id)) return undefined;
  for (const folder of folders) {
    const path = join(folder, videoFile(id));
    if (await isFile(path)) return path;
  }
  return undefined;
}

/** Puts the videos into a new folder, as links where that can be. Throws the system's errors. */
export async function gatherVideos(
  folder: string,
  paths: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const bring = ([id, from]: readonly [string, string]) =>
    linkOrCopy({ from, to: join(folder, videoFile(id)) });
  await eachOf([...paths], bring, signal);
}
