import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TrackName } from '../../src/tracks/names.ts';
import { tracks } from '../../src/tracks/tracks.ts';
import { preparedProject, run } from '../support/cli.ts';
import { type RawEntry, rawZip } from '../support/raw-zip.ts';
import type { HonestParts } from './attack.ts';

/** A folder of projects that are alike but for their zip. */
export interface Arena {
  readonly parts: HonestParts;
  /** The command that runs a project. */
  readonly testing: string;
  /** A project with this zip, ready for it. */
  project(name: string, zip: readonly RawEntry[] | Buffer): Promise<string>;
  close(): Promise<void>;
}

/** Makes the first project with what the quickstart submits, and copies it for every other. */
export async function openArena(track: TrackName = 'descriptor'): Promise<Arena> {
  const template = await preparedProject({ keep: true });
  const folder = await mkdtemp(join(tmpdir(), 'vsc-hostile-'));
  const flags = `--track ${track} --dataset test`;
  const packed = await run(template, `pack-quickstart ${flags}`);
  if (packed.exitCode !== 0) throw new Error(packed.stderr);
  await rm(join(template, 'submission/submission.zip'));
  const source = (name: string) => readFile(join(template, 'submission_quickstart', name));
  const { files } = tracks[track].submission;
  const submitted = files.map(async (name) => ({ name, data: await source(name) }));
  const parts = {
    submitted: await Promise.all(submitted),
    main: (await source('main.py')).toString(),
  };
  return {
    parts,
    testing: `test-submission ${flags} --block-internet`,
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
export function zipWith({ submitted, main }: HonestParts, mainPy: string): RawEntry[] {
  return [
    { name: 'main.py', data: mainPy },
    { name: 'honest.py', data: `__name__ = "__main__"\n${main}` },
    ...submitted,
  ];
}
