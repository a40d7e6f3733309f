import { stat } from 'node:fs/promises';
import { EnvironmentError } from '../errors.ts';

/** Remembers files, and later makes sure that they are still the same. */
export interface Watched {
  /** @throws EnvironmentError that names the file that changed */
  check(): Promise<void>;
}

/** Remembers size, time of change and place on the disk of each file. */
export async function watchFiles(paths: readonly string[]): Promise<Watched> {
  const before = await Promise.all(paths.map(fingerprint));
  return {
    async check() {
      const after = await Promise.all(paths.map(fingerprint));
      const changed = paths.find((_, index) => before[index] !== after[index]);
      if (changed === undefined) return;
      throw new EnvironmentError(`${changed} was changed while it was being tested.`, [
        'Run the test again, and leave its files alone meanwhile.',
      ]);
    },
  };
}

async function fingerprint(path: string): Promise<string> {
  return stat(path).then(
    ({ size, mtimeMs, ino }) => [size, mtimeMs, ino].join(),
    () => 'gone',
  );
}
