import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { lookAtMp4 } from '../dataset/mp4.ts';
import { EnvironmentError } from '../errors.ts';
import { eachOf, localDisk } from '../files.ts';
import { lookForFile } from '../places.ts';
import type { Reporter } from '../progress/events.ts';
import { formatBytes, formatCount } from '../progress/format.ts';
import type { Target } from './choice.ts';
import type { HttpClient } from './client.ts';
import { TransferFault } from './faults.ts';
import { partialName } from './partial-file.ts';

/** A file that isn't there yet. */
export interface NeededFile {
  readonly target: Target;
  /** Bytes of the whole, by the list or by the server. */
  readonly size?: number;
  /** Bytes of it that are there from an earlier try. */
  readonly begun: number;
  /** Bytes of what is in its place, and is no sound video. */
  readonly suspect?: number;
}

/** What finding out needs of the world. */
export interface NeedTools {
  readonly client: Pick<HttpClient, 'ask'>;
  readonly signal: AbortSignal;
  readonly report: Reporter['report'];
  /** Questions at a time. */
  readonly parallel: number;
}

/**
 * Those files that are not in the folder yet. One that is there counts if its length is the list's, or,
 * where the list has none, if its container is sound; else what the server says of its length decides.
 *
 * @throws EnvironmentError for what is no file, or can't be read; the signal's reason
 */
export async function findNeeded(
  targets: readonly Target[],
  folder: string,
  tools: NeedTools,
): Promise<NeededFile[]> {
  const found = new Map<Target, NeededFile>();
  const total = targets.length;
  const bar = { type: 'progress', id: 'there', label: 'Looking at what is there', total } as const;
  let completed = 0;
  const look = async (target: Target) => {
    const needed = await neededFor(target, join(folder, target.place));
    if (needed !== undefined) found.set(target, needed);
    completed += 1;
    const done = completed === total;
    // All 48,000 take from 15 s to 45.
    if (completed % 500 === 0 || done) tools.report({ ...bar, completed, unit: 'files', done });
  };
  await localDisk(`look into ${folder}`, () => eachOf(targets, look, tools.signal));
  const needed = targets.flatMap((target) => found.get(target) ?? []);
  const sized = await askSizes(needed, tools);
  return sized.filter(({ size, suspect }) => suspect === undefined || size !== suspect);
}

async function neededFor(target: Target, path: string): Promise<NeededFile | undefined> {
  const { size } = target;
  if (!(await lookForFile(path))) {
    const partial = await stat(partialName(path)).catch(() => undefined);
    return { target, ...(size !== undefined && { size }), begun: partial?.size ?? 0 };
  }
  const { size: found } = await stat(path);
  if (size !== undefined) return found === size ? undefined : { target, size, begun: 0 };
  const isSound = target.name.endsWith('.mp4')
    ? (await lookAtMp4(path)).kind === 'sound'
    : found > 0;
  return isSound ? undefined : { target, begun: 0, suspect: found };
}

/** Most files whose size is asked for, one by one; of more, these are a sample. */
const mostAsked = 500;

/** Servers that don't say are not asked more often. */
const mostFaults = 5;

/** Adds the sizes that the list doesn't have, as far as the servers tell them. */
async function askSizes(files: readonly NeededFile[], tools: NeedTools): Promise<NeededFile[]> {
  const { client, signal, report, parallel } = tools;
  const unknown = files.filter(({ size }) => size === undefined);
  const step = Math.max(1, unknown.length / mostAsked);
  const asked = unknown.filter((file, index) => file.suspect !== undefined || index % step < 1);
  const sizes = new Map<NeededFile, number>();
  const bar = { type: 'progress', id: 'sizes', label: 'Asking for sizes', unit: 'files' } as const;
  let [completed, faults] = [0, 0];
  const ask = async (file: NeededFile) => {
    if (faults >= mostFaults) return;
    const size = await sizeOf(file.target, client, signal);
    if (size === undefined) faults += 1;
    else sizes.set(file, size);
    completed += 1;
    report({ ...bar, completed, total: asked.length, done: completed === asked.length });
  };
  await eachOf(asked, ask, signal, parallel);
  return files.map((file) => {
    const size = sizes.get(file);
    return size === undefined ? file : { ...file, size };
  });
}

async function sizeOf(
  { url }: Target,
  client: Pick<HttpClient, 'ask'>,
  signal: AbortSignal,
): Promise<number | undefined> {
  try {
    const answer = await client.ask('HEAD', url, {}, signal);
    answer.drop();
    const length = answer.headers['content-length'];
    const isSize = answer.status === 200 && length !== undefined && /^\d{1,15}$/.test(length);
    return isSize ? Number(length) : undefined;
  } catch (error) {
    if (error instanceof TransferFault) return undefined;
    throw error;
  }
}

/** How much is still to come; where some sizes are unknown, those count as the mean of the others. */
export function bytesToCome(files: readonly NeededFile[]): number | undefined {
  const known = files.flatMap(({ size }) => size ?? []);
  if (known.length === 0) return files.length === 0 ? 0 : undefined;
  const mean = known.reduce((sum, size) => sum + size, 0) / known.length;
  const left = files.map(({ size = mean, begun }) => Math.max(0, size - begun));
  return Math.round(left.reduce((sum, bytes) => sum + bytes, 0));
}

/** @throws EnvironmentError where the disk has too little room for what is still to come */
export function requireRoom(
  files: readonly NeededFile[],
  folder: string,
  free: number,
  report: Reporter['report'],
): void {
  const bytes = bytesToCome(files);
  if (bytes === undefined) {
    const message =
      'Neither the list nor the server says how large the files are; the room on the disk is not checked.';
    report({ type: 'warning', message });
    return;
  }
  if (bytes <= free) return;
  const what = `${formatCount(files.length)} files still take ${formatBytes(bytes)}`;
  throw new EnvironmentError(
    `Not enough room on the disk of ${folder}: ${what}, ${formatBytes(free)} are free.`,
    [
      'Make room, or take a smaller --proportion, or --no-references.',
      `Or put a symlink to a folder on another disk at ${folder}.`,
    ],
  );
}
