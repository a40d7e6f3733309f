import { statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ContainerEngine } from '../engine/port.ts';
import { systemCode } from '../errors.ts';
import { findImageChoice, type ImageOptions } from '../image/choice.ts';
import { formatBytes } from '../progress/format.ts';
import type { Project } from '../project.ts';
import type { Track } from '../tracks/descriptor.ts';
import { type CheckResult, failed, ok, warning } from './check.ts';

/** Bytes that a user without privileges can still write to the disk that holds a folder. */
export type FreeSpace = (folder: string) => Promise<number | undefined>;

/** As the system tells it; undefined for a folder that is not there. */
export const freeSpaceOnDisk: FreeSpace = async (folder) => {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(systemCode(error) ?? '')) return undefined;
    throw error;
  }
};

/** Bytes that the full image takes. */
const imageBytes = 12e9;

/** Bytes of the competition's videos: of the train set, and of all sets. */
const dataBytes = { train: 79e9, all: 163e9 } as const;

/** Room for the full image where the engine keeps its images. */
export async function checkImageDisk(
  engine: ContainerEngine,
  track: Track,
  options: ImageOptions,
  freeSpace: FreeSpace,
): Promise<CheckResult> {
  const [{ remote }, { dataRoot }] = await Promise.all([engine.info(), engine.setup()]);
  const here = !remote && dataRoot !== '';
  const free = here ? await freeSpace(dataRoot) : undefined;
  if (free === undefined) return ok(`not visible from here: the engine's ${dataRoot || 'disk'}`);
  const detail = `${formatBytes(free)} free at ${dataRoot}`;
  if (free >= imageBytes) return ok(`${detail}, the full image takes ${formatBytes(imageBytes)}`);
  const remedies = ['See what takes the room: docker system df'];
  const image = await findImageChoice(engine, track, options);
  if (image === undefined) {
    const small = 'Or make the small image, 2 GB: vsc build --slim';
    return failed(`${detail}, too little for the full image`, ...remedies, small);
  }
  if (image.kind !== 'slim') return ok(`${detail}; the image is there`);
  return warning(`${detail}, too little for the full image`, ...remedies);
}

/** Room for the competition's videos. Never more than a warning: a part of them will do. */
export async function checkDataDisk(
  project: Project,
  dataset: string,
  freeSpace: FreeSpace,
): Promise<CheckResult> {
  const folder = join(project.competitionData, dataset);
  if ((await freeSpace(join(folder, 'query'))) !== undefined) return ok(`${folder} is there`);
  const place = await nearest(project.competitionData, freeSpace);
  const detail = `${formatBytes(place.free)} free at ${place.folder}`;
  const needs = `the train set takes ${formatBytes(dataBytes.train)}, all sets ${formatBytes(dataBytes.all)}`;
  if (place.free >= dataBytes.all) return ok(`${detail}; ${needs}`);
  if (place.free >= dataBytes.train && dataset === 'train') return ok(`${detail}; ${needs}`);
  return warning(
    `${detail}; ${needs}`,
    `Put the data on another disk and a symlink to it at ${folder}.`,
  );
}

/** The folder or the nearest above it that is there. */
async function nearest(
  folder: string,
  freeSpace: FreeSpace,
): Promise<{ folder: string; free: number }> {
  const free = await freeSpace(folder);
  if (free !== undefined) return { folder, free };
  const parent = dirname(folder);
  return parent === folder ? { folder, free: 0 } : nearest(parent, freeSpace);
}
