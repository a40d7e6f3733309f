import { cannot, isSystemError } from './system-errors.ts';

/**
 * Does something on this machine's disk. What the system refuses is told as such; it must not pass
 * for a failure of the engine, in the middle of whose calls it may happen.
 * @param what verb and object, e.g. `write /project/submission/log.txt`
 * @throws EnvironmentError
 */
export async function onOwnDisk<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw isSystemError(error) ? cannot(what, error) : error;
  }
}
