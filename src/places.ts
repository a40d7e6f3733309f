import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, stat } from 'node:fs/promises';
import { EnvironmentError } from './errors.ts';

/** What stands at a path, in words. */
export function whatIs(stats: Stats): string {
  if (stats.isFile()) return 'a file';
  if (stats.isDirectory()) return 'a folder';
  if (stats.isSymbolicLink()) return 'a symlink';
  if (stats.isFIFO()) return 'a named pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}

/**
 * Whether there is a file at `path`, symlinks followed.
 * @throws EnvironmentError that says what is there in its place
 */
export function lookForFile(path: string): Promise<boolean> {
  return lookFor('file', path);
}

/**
 * Whether there is a folder at `path`, symlinks followed.
 * @throws EnvironmentError that says what is there in its place
 */
export function lookForFolder(path: string): Promise<boolean> {
  return lookFor('folder', path);
}

async function lookFor(wanted: 'file' | 'folder', path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined) return false;
  if (wanted === 'file') requireFile(path, stats);
  else if (!stats.isDirectory()) throw inPlaceOf(wanted, path, stats);
  return true;
}

function requireFile(path: string, stats: Stats): void {
  if (!stats.isFile()) throw inPlaceOf('file', path, stats);
}

function inPlaceOf(wanted: string, path: string, stats: Stats): EnvironmentError {
  const message = `${path} is ${whatIs(stats)}, where a ${wanted} should be.`;
  return new EnvironmentError(message, ['Move it away.']);
}

/**
 * Opens the file at `path` to read it, symlinks followed. Nothing but a regular file is ever opened:
 * a named pipe would keep its reader waiting for ever, and a device may do anything.
 * @throws EnvironmentError that says what is there in its place; the system's error where nothing is
 */
export async function openFile(path: string): Promise<FileHandle> {
  requireFile(path, await stat(path));
  return openStill(path, constants.O_RDONLY);
}

/**
 * Opens the file at `path` to read it and go on writing it; makes it where nothing is. No symlink is
 * followed.
 * @throws EnvironmentError that says what is there in its place; the system's errors
 */
export async function openToContinue(path: string): Promise<FileHandle> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats !== undefined) requireFile(path, stats);
  const { O_RDWR, O_CREAT, O_NOFOLLOW } = constants;
  return openStill(path, O_RDWR | O_CREAT | O_NOFOLLOW);
}

/** Opens what was seen to be a file; should it have become a pipe since, without waiting for a writer. */
async function openStill(path: string, flags: number): Promise<FileHandle> {
  const file = await open(path, flags | constants.O_NONBLOCK, 0o666);
  try {
    requireFile(path, await file.stat());
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * Makes sure that files can be written at `paths`: there is nothing, or a file, or a symlink; these
 * are replaced, and no symlink is written through.
 * @throws EnvironmentError that says what is in the way
 */
export async function requireReplaceable(...paths: readonly string[]): Promise<void> {
  const found: string[] = [];
  for (const path of paths) {
    const stats = await lstat(path).catch(() => undefined);
    if (stats === undefined || stats.isFile() || stats.isSymbolicLink()) continue;
    found.push(`${path} is ${whatIs(stats)}, where a file is to be written.`);
  }
  if (found.length === 0) return;
  throw new EnvironmentError(found.join('\n'), [
    `Move ${found.length === 1 ? 'it' : 'them'} away.`,
  ]);
}
