import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { systemCode } from '../errors.ts';

/** What system it is, and where its tools are. */
interface System {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** In which Linux counts the time of processes, a second; the same on every processor that it runs on. */
const ticks = 100;

/**
 * When a process of this machine began, in seconds since 1970, give or take one; undefined where there is none, or
 * where the system doesn't tell.
 */
export async function startOf(pid: number, { platform, env }: System): Promise<number | undefined> {
  if (platform === 'linux') return startOnLinux(pid);
  return platform === 'win32' ? undefined : startByPs(pid, env.PATH);
}

/** By proc(5): the 22nd field of `stat`, of which the second may hold anything. */
async function startOnLinux(pid: number): Promise<number | undefined> {
  const read = (path: string) => readFile(path, 'utf8').catch(() => '');
  const [stat, uptime] = await Promise.all([read(`/proc/${pid}/stat`), read('/proc/uptime')]);
  const sinceBoot = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]) / ticks;
  const start = Date.now() / 1000 - Number(uptime.split(' ')[0]) + sinceBoot;
  return Number.isNaN(start) || uptime === '' ? undefined : start;
}

async function startByPs(pid: number, path: string | undefined): Promise<number | undefined> {
  const env = { PATH: path, LC_ALL: 'C', TZ: 'UTC' };
  const line = ['-o', 'lstart=', '-p', String(pid)];
  const { stdout } = await execa('ps', line, { env, extendEnv: false, reject: false });
  const start = Date.parse(`${stdout ?? ''} UTC`) / 1000;
  return Number.isNaN(start) ? undefined : start;
}

/** Asks a process to end as Ctrl-C would; false where it is another user's. One that is gone is fine. */
export function askToEnd(pid: number): boolean {
  try {
    process.kill(pid, 'SIGTERM');
    return true;
  } catch (error) {
    return systemCode(error) === 'ESRCH';
  }
}
