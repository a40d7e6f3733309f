import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import type { ContainerOwner } from '../engine/container-labels.ts';
import { localDisk } from '../files.ts';
import { readJson, writeJson } from './task-folder.ts';

const ownerSchema = v.object({ pid: v.number(), hostname: v.string(), started: v.number() });

/** The names of the files by which those who are at work in a folder are known. */
const fileName = /^\.at-work-.+\.json$/;

/** What being at work takes. */
export interface AtWorkWorld {
  readonly owner: ContainerOwner;
  readonly isAlive: (pid: number) => boolean;
}

/**
 * Lets others know that this process has tasks run that are kept in `folder`, until it is disposed of: it may be at
 * work without a container, between two of them or while a cluster has them.
 */
export async function beAtWork(
  folder: string,
  { owner, isAlive }: AtWorkWorld,
): Promise<AsyncDisposable> {
  const path = pathOf(folder, owner);
  for (const other of await atWorkIn(folder)) {
    if (other.hostname === owner.hostname && !isAlive(other.pid))
      await forget(pathOf(folder, other));
  }
  await writeJson(path, owner);
  return { [Symbol.asyncDispose]: () => forget(path) };
}

/** Those who said that they are at work there; some may have been killed since. */
export async function atWorkIn(folder: string): Promise<readonly ContainerOwner[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => fileName.test(name));
  const found = await Promise.all(names.map((name) => readJson(join(folder, name), ownerSchema)));
  return found.flatMap((owner) => owner ?? []);
}

function pathOf(folder: string, { hostname, pid }: ContainerOwner): string {
  return join(folder, `.at-work-${hostname}-${pid}.json`);
}

function forget(path: string): Promise<void> {
  return localDisk(`delete ${path}`, () => rm(path, { force: true }));
}
