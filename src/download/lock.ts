import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvironmentError, systemCode } from '../errors.ts';
import { localDisk } from '../files.ts';
import { toPaste } from '../progress/shell.ts';

/** Which process of which machine is at work. */
export interface LockOwner {
  readonly pid: number;
  readonly hostname: string;
  /** Whether a process of this machine runs. */
  readonly isAlive: (pid: number) => boolean;
}

/**
 * Does `work` in a folder that no other `vsc download` works in meanwhile: two would write into the
 * same partial files. What a killed one left is taken over.
 *
 * @throws EnvironmentError where another is at work
 */
export async function lockedFor<Made>(
  folder: string,
  owner: LockOwner,
  work: () => Promise<Made>,
): Promise<Made> {
  const path = join(folder, '.download.lock');
  await localDisk(`write ${path}`, () => take(path, owner));
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function take(path: string, owner: LockOwner): Promise<void> {
  const { pid, hostname, isAlive } = owner;
  const mine = () => writeFile(path, `${pid} ${hostname}\n`, { flag: 'wx' });
  try {
    await mine();
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    const [, other, machine = ''] = /^(\d+) (\S+)\n$/.exec(await readFile(path, 'utf8')) ?? [];
    // Our own id can only be that of a dead one before us.
    const isHere = machine === hostname;
    const isDead = isHere && (Number(other) === pid || !isAlive(Number(other)));
    if (other !== undefined && !isDead)
      throw atWork(path, other, isHere ? 'this machine' : machine);
    await rm(path, { force: true });
    await mine();
  }
}

function atWork(path: string, pid: string, machine: string): EnvironmentError {
  const message = `Another vsc download is at work in this folder: process ${pid} of ${machine}.`;
  const remove = toPaste(path, (it) => `rm -- ${it}`);
  return new EnvironmentError(message, [
    `Wait for it; or, if it is not running any more: ${remove}`,
  ]);
}
