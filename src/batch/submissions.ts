import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { EnvironmentError } from '../errors.ts';
import { localDisk } from '../files.ts';
import type { Reporter } from '../progress/events.ts';
import { digestFile } from '../provenance/digests.ts';
import { readJson, writeJson } from '../tasks/task-folder.ts';

/** A submission of a batch. */
export interface Submission {
  /** The name of the zip, without its end. */
  readonly name: string;
  /** A name for its folder, which is that of no other. */
  readonly folder: string;
  readonly zip: string;
  readonly bytes: number;
  readonly sha256: string;
}

const zipEnd = /\.zip$/i;

/** The zips of a folder, by name. @throws EnvironmentError where there is none */
export async function zipsOf(folder: string): Promise<readonly string[]> {
  const entries = await localDisk(`read ${folder}`, () => readdir(folder, { withFileTypes: true }));
  const zips = entries
    .flatMap((entry) => (entry.isDirectory() ? [] : entry.name))
    .filter((name) => zipEnd.test(name) && !name.startsWith('.'))
    .sort();
  if (zips.length > 0) return zips;
  throw new EnvironmentError(`There is no *.zip in ${folder}.`, [
    'Put the submissions there, one zip each: the name of the zip is the name of the submission.',
  ]);
}

const knownSchema = v.object({
  digests: v.record(v.string(), v.object({ state: v.string(), sha256: v.string() })),
});

/**
 * Reads the zips of a folder for their digests, but those that are as they were when they were last read.
 * @param memory path of the file that remembers them
 */
export async function readSubmissions(
  folder: string,
  memory: string,
  { reporter, signal }: { readonly reporter: Reporter; readonly signal: AbortSignal },
): Promise<readonly Submission[]> {
  const zips = await zipsOf(folder);
  const known = (await readJson(memory, knownSchema))?.digests ?? {};
  const digests: Record<string, { readonly state: string; readonly sha256: string }> = {};
  const names = folderNames(zips);
  const submissions: Submission[] = [];
  const tell = (done: boolean) =>
    reporter.report({
      type: 'progress',
      id: 'read-submissions',
      label: 'Reading submissions',
      unit: 'files',
      completed: submissions.length,
      total: zips.length,
      done,
    });
  try {
    for (const file of zips) {
      const zip = join(folder, file);
      const { size, mtimeMs, ctimeMs, ino } = await localDisk(`read ${zip}`, () => stat(zip));
      const state = [size, mtimeMs, ctimeMs, ino].join();
      const before = Object.hasOwn(known, zip) ? known[zip] : undefined;
      const { sha256 } = before?.state === state ? before : await digestFile(zip, signal);
      digests[zip] = { state, sha256 };
      submissions.push({
        name: file.replace(zipEnd, ''),
        folder: names.get(file) ?? '',
        zip,
        bytes: size,
        sha256,
      });
      if (zips.length > 1) tell(submissions.length === zips.length);
    }
  } catch (error) {
    // Gigabytes are not read twice because of a Ctrl-C.
    await writeJson(memory, { digests: { ...known, ...digests } });
    throw error;
  }
  await writeJson(memory, { digests });
  return submissions;
}

/** Names that every file system takes, and tells apart, for files of any name. */
function folderNames(files: readonly string[]): ReadonlyMap<string, string> {
  const lower = (file: string) => file.replace(zipEnd, '').toLowerCase();
  const alike = new Map<string, number>();
  for (const file of files) alike.set(lower(file), (alike.get(lower(file)) ?? 0) + 1);
  const isPlain = (file: string) =>
    /^[A-Za-z0-9][\w.-]{0,59}$/.test(file.replace(zipEnd, '')) && alike.get(lower(file)) === 1;
  const named = (file: string) => {
    const name = file.replace(zipEnd, '');
    if (isPlain(file)) return name;
    const plain = name.replace(/[^\w.-]+/g, '_').replace(/^[^A-Za-z0-9]+/, '');
    const mark = createHash('sha256').update(file).digest('hex').slice(0, 8);
    return `${plain.slice(0, 50)}~${mark}`;
  };
  return new Map(files.map((file) => [file, named(file)]));
}
