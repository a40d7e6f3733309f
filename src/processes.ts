import { systemCode } from './errors.ts';

/** Whether a process of this machine runs. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return systemCode(error) === 'EPERM'; // somebody else's, but there
  }
}
