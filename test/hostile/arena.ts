import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { preparedProject, run } from '../support/cli.ts';
import { type RawEntry, rawZip } from '../support/raw-zip.ts';
import type { HonestParts } from './attack.ts';

/** A folder of projects that are alike but for their zip. */
export interface Arena {
  readonly parts: HonestParts;
  /** A project with this zip, ready for `vsc test-submission --dataset test`. */
  project(name: string, zip: readonly RawEntry[] | Buffer): Promise<string>;
  close(): Promise<void>;
}

/** Makes the first project with the quickstart's descriptors, and copies it for every other. */
export async function openArena(): Promise<Arena> {
  const template = await preparedProject({ keep: true });
  const folder = await mkdtemp(join(tmpdir(), 'vsc-hostile-'));
  const packed = await run(template, 'pack-quickstart --dataset test');
  if (packed.exitCode !== 0) throw new Error(packed.stderr);
  await rm(join(template, 'submission/submission.zip'));
  const source = (name: string) => readFile(join(template, 'submission_quickstart', name));
  const parts = {
    query: await source('query_descriptors.npz'),
    reference: await source('reference_descriptors.npz'),
    main: (await source('main.py')).toString(),
  };
  return {
    parts,
    async project(name, zip) {
      const project = join(folder, name);
      await cp(template, project, { recursive: true });
      const bytes = Buffer.isBuffer(zip) ? zip : rawZip(zip);
      await writeFile(join(project, 'submission/submission.zip'), bytes);
      return project;
    },
    async close() {
      await Promise.all([template, folder].map((path) => rm(path, { recursive: true })));
    },
  };
}

/** The zip of a submission whose `main.py` may `import honest` to do what an honest one does. */
export function zipWith({ query, reference, main }: HonestParts, mainPy: string): RawEntry[] {
  return [
    { name: 'main.py', data: mainPy },
    { name: 'honest.py', data: main },
    { name: 'query_descriptors.npz', data: query },
    { name: 'reference_descriptors.npz', data: reference },
  ];
}
