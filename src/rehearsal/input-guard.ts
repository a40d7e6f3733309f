import { stat } from 'node:fs/promises';
import { EnvironmentError } from '../errors.ts';
import { type Project, usualPlace } from '../project.ts';
import { digestFiles } from '../provenance/digests.ts';
import type { RecordedFile } from '../provenance/provenance.ts';
import type { Prepared, RunFile } from './prepared.ts';

/** Watches a run's inputs, so that what is recorded is what ran. */
export interface InputGuard extends AsyncDisposable {
  /** A cheap look: size, time of change and place on the disk. @throws EnvironmentError that names the file that changed */
  check(): Promise<void>;
  /** The inputs as they were all the while. @throws EnvironmentError that names the file that changed */
  unchanged(): Promise<readonly RecordedFile[]>;
}

/** Remembers the inputs, and begins to read them for their digests while the stages run. */
export async function guardInputs(
  { request, data, inputs }: Prepared,
  signal: AbortSignal,
): Promise<InputGuard> {
  const paths = inputs.map(({ path }) => path);
  const watched = [...paths, data.files.queries];
  const before = await Promise.all(watched.map(fingerprint));
  const stop = new AbortController();
  const digests = digestFiles(paths, AbortSignal.any([signal, stop.signal]));
  digests.catch(() => {}); // awaited once the run is over

  const check = async () => {
    const after = await Promise.all(watched.map(fingerprint));
    const changed = watched.find((_, index) => before[index] !== after[index]);
    if (changed === undefined) return;
    throw new EnvironmentError(
      `${changed} was changed while it was being tested.`,
      ['Run the test again, and leave its files alone meanwhile.'],
      { reason: 'changed-inputs' },
    );
  };

  return {
    check,
    async unchanged() {
      const read = await digests;
      await check();
      return recordedFiles(inputs, read, request.project);
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await digests.catch(() => {});
    },
  };
}

/** Files with their digests, by their paths inside the project. */
export function recordedFiles(
  files: readonly RunFile[],
  digests: Awaited<ReturnType<typeof digestFiles>>,
  project: Project,
): RecordedFile[] {
  return files.flatMap(({ role, path }, index) => {
    const digest = digests[index];
    return digest === undefined ? [] : [{ role, path: usualPlace(project, path), ...digest }];
  });
}

async function fingerprint(path: string): Promise<string> {
  return stat(path).then(
    ({ size, mtimeMs, ino }) => [size, mtimeMs, ino].join(),
    () => 'gone',
  );
}
