import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Every path below a folder, with type, mode, owner, time of change and digest of its contents. */
export async function snapshot(folder: string, except: RegExp = /^$/): Promise<string[]> {
  const found: string[] = [];
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    if (except.test(name)) continue;
    found.push(`${name} ${await describePath(join(folder, name))}`);
  }
  return found;
}

async function describePath(path: string): Promise<string> {
  const stats = await lstat(path);
  const facts = [stats.mode.toString(8), stats.uid, stats.gid, stats.mtimeMs].join(' ');
  if (stats.isSymbolicLink()) return `${facts} -> ${await readlink(path)}`;
  return stats.isFile() ? `${facts} ${digest(await readFile(path))}` : facts;
}

/** SHA-256 in hex. */
export function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The links, and whatever is neither a file nor a folder, below a folder. */
export async function oddities(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((it) => !it.isFile() && !it.isDirectory()).map(({ name }) => name);
}
