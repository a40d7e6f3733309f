import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { descriptorTrack } from '../../src/tracks/descriptor.ts';
import { trackNames } from '../../src/tracks/names.ts';
import { run } from '../support/cli.ts';
import { digest, oddities } from '../support/snapshot.ts';
import { type Arena, openArena, zipWith } from './arena.ts';
import { everyTrack, tracksOf } from './attack.ts';
import { scorerAttacks } from './attacks/scorer.ts';

const image = process.env.SUBMISSION_IMAGE ?? `${descriptorTrack.localRepository}:slim-local`;
const archive = (project: string) => join(project, 'submission/submission.tar.gz');

/** The image as the organisers' own runs use it: one container, a plain `docker run`. */
const plainRun = (project: string, track: string) =>
  execa(
    'docker',
    [
      ...['run', '--rm', '--network', 'none', '--pids-limit', '256'],
      ...['-v', `${project}/data/test:/data:ro`],
      ...['-v', `${project}/submission:/code_execution/submission`],
      ...['-e', `TRACK=${track}`],
      image,
    ],
    { reject: false },
  );

const forkBomb = {
  name: 'fork-bomb',
  tracks: everyTrack,
  main: 'import honest, os, time\ntry:\n    while True:\n        if os.fork() == 0: time.sleep(60)\nexcept OSError: pass\n',
};

describe.each(trackNames)('%s, all in one container, by a plain docker run', (track) => {
  let arena: Arena;
  let honest: string;
  beforeAll(async () => {
    arena = await openArena(track);
    const project = await arena.project('two-stages', zipWith(arena.parts, 'import honest\n'));
    const { exitCode, stderr } = await run(project, arena.testing);
    expect(exitCode, stderr).toBe(0);
    honest = digest(await readFile(archive(project)));
  });
  afterAll(() => arena?.close());

  it('an honest submission has the same archive as in two, to the byte', async () => {
    const project = await arena.project('one', zipWith(arena.parts, 'import honest\n'));
    const { exitCode, stdout } = await plainRun(project, track);
    expect(exitCode, stdout).toBe(0);
    expect(digest(await readFile(archive(project)))).toBe(honest);
  });

  const attacks = [...scorerAttacks, forkBomb].filter((attack) => tracksOf(attack).includes(track));
  it.concurrent.each(attacks.map(({ name, main = '' }) => [name, main]))(
    '%s: honest results or none',
    async (name, main) => {
      const project = await arena.project(name, zipWith(arena.parts, main));
      const { exitCode, stdout } = await plainRun(project, track);
      const made = await readFile(archive(project)).catch(() => undefined);
      if (exitCode === 0) expect(made && digest(made), stdout).toBe(honest);
      else expect(made, stdout).toBeUndefined();
      expect(stdout).not.toContain('Traceback (most recent call last):\n  File "/opt/vsc_runtime');
      expect(await oddities(join(project, 'submission'))).toEqual([]);
    },
  );
});
