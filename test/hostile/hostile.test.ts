import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { descriptorTrack } from '../../src/tracks/descriptor.ts';
import { type TrackName, trackNames } from '../../src/tracks/names.ts';
import { tracks } from '../../src/tracks/tracks.ts';
import { archivedFile, archivedNames } from '../support/archive.ts';
import { containersOf, run, told, vsc } from '../support/cli.ts';
import { digest, oddities, snapshot } from '../support/snapshot.ts';
import { type Arena, openArena, zipWith } from './arena.ts';
import { type Attack, tracksOf } from './attack.ts';
import { attackGroups } from './attacks/all.ts';

const image = process.env.SUBMISSION_IMAGE ?? `${descriptorTrack.localRepository}:slim-local`;
const attacks = attackGroups.flatMap(([, group]) => group);

/** Where the attacks on a track are staged, and the archive that an honest submission leaves there. */
interface Stand {
  readonly arena: Arena;
  readonly honest: string;
}

let stands: Readonly<Record<TrackName, Stand>>;

/** What an attack may change: nothing but results and logs, which are in `submission/`. */
const results = /^submission\/(?!submission\.zip$)|^submission$/;
const archive = (project: string) => join(project, 'submission/submission.tar.gz');

const honestRun = async (arena: Arena, name: string) => {
  const project = await arena.project(name, zipWith(arena.parts, 'import honest\n'));
  const { exitCode, stderr } = await run(project, arena.testing);
  expect(stderr).toContain('Wrote submission.tar.gz');
  expect(exitCode).toBe(0);
  return archive(project);
};

/** Command lines of the host's processes that run as the user of untrusted code in this project. */
const processesOf = async (project: string) => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = pids.map((pid) => readFile(`/proc/${pid}/mountinfo`, 'utf8').catch(() => ''));
  return (await Promise.all(lines)).filter((text) => text.includes(join(project, 'data')));
};

beforeAll(async () => {
  const standOf = async (track: TrackName) => {
    const arena = await openArena(track);
    return { arena, honest: await honestRun(arena, 'honest-before') };
  };
  stands = { descriptor: await standOf('descriptor'), matching: await standOf('matching') };
});

afterAll(() => Promise.all(Object.values(stands ?? {}).map(({ arena }) => arena.close())));

const named = (alone: boolean) =>
  attacks
    .filter((attack) => (attack.alone ?? false) === alone)
    .flatMap((attack) => tracksOf(attack).map((track) => [attack.name, track, attack] as const));

describe.concurrent('an attack is contained', () => {
  it.each(named(false))('%s: %s', (_, track, attack) => stage(attack, track));
});

describe('an attack on the disk is contained', () => {
  it.each(named(true))('%s: %s', (_, track, attack) => stage(attack, track));

  it('and what another program writes there is not the fault of the submission', async () => {
    const idle = 'import time\nprint("idle", flush=True)\ntime.sleep(60)\n';
    const { arena } = stands.descriptor;
    const project = await arena.project('idle', zipWith(arena.parts, idle));
    const running = vsc(project, `${arena.testing} --disk 1g`);
    await told(running, 'idle');
    const fill = ['bash', '-c', 'fallocate -l 6G /f; sleep 25'];
    const other = execa('docker', ['run', '--rm', image, ...fill]);
    const { exitCode, stderr } = await running;
    await other;
    expect(stderr).toMatch(/The run was stopped: the engine's disk \(.*\) took \d.* GB meanwhile/);
    expect(exitCode).toBe(3);
    expect(await containersOf(project)).toBe('');
  });
});

describe('after all attacks', () => {
  it.each(trackNames)(
    'an honest %s submission has the same archive, to the byte',
    async (track) => {
      const { arena, honest } = stands[track];
      const after = await honestRun(arena, 'honest-after');
      expect(digest(await readFile(after))).toBe(digest(await readFile(honest)));
    },
  );
});

async function stage(attack: Attack, track: TrackName): Promise<void> {
  const { arena } = stands[track];
  const {
    main = 'import honest\n',
    zip = (parts) => zipWith(parts, main),
    flags = '',
    env = {},
  } = attack;
  const project = await arena.project(attack.name, zip(arena.parts));
  const before = await snapshot(project, results);
  const shown: string[] = [];
  let skip = '';
  if (attack.preflight === 4) {
    const checked = await run(project, arena.testing, env);
    expect(checked.exitCode, checked.stderr).toBe(4);
    shown.push(checked.stdout, checked.stderr);
    skip = '--skip-preflight';
  }
  const { exitCode, stdout, stderr } = await run(project, `${arena.testing} ${skip} ${flags}`, env);
  const log = await readFile(join(project, 'submission/log.txt'), 'utf8');
  const page = await readFile(join(project, 'submission/report.html'), 'utf8').catch(() => '');
  shown.push(stdout, stderr, log);

  expect(attack.exit, stderr).toContain(exitCode);
  if (attack.says) expect(stderr).toMatch(attack.says);
  if (attack.never) for (const text of shown) expect(text).not.toMatch(attack.never);
  attack.check?.({ stdout, stderr, log, page });
  await expectResults(project, exitCode, attack, track);
  await expectClean(project, before);
}

/** A run that is said to be well has the results of an honest submission, or what the attack may have in its place; another has none. */
async function expectResults(
  project: string,
  exitCode: number | undefined,
  { made }: Attack,
  track: TrackName,
): Promise<void> {
  const found = archive(project);
  if (exitCode !== 0) return expect(access(found)).rejects.toThrow();
  const { honest } = stands[track];
  if (!made) return expect(digest(await readFile(found))).toBe(digest(await readFile(honest)));
  const { full, subset } = tracks[track].results.files;
  const digestIn = async (from: string, name: string) => digest(await archivedFile(from, name));
  expect(await archivedNames(found)).toEqual(await archivedNames(honest));
  expect(await digestIn(found, full)).toBe(await digestIn(honest, full));
  expect(await digestIn(found, subset)).toBe(digest(made(await archivedFile(honest, subset))));
}

async function expectClean(project: string, before: readonly string[]): Promise<void> {
  expect(await snapshot(project, results)).toEqual(before);
  expect(await oddities(join(project, 'submission'))).toEqual([]);
  const left = await readdir(join(project, 'submission'));
  expect(left.filter((name) => /partial|^\./.test(name))).toEqual([]);
  expect(await containersOf(project)).toBe('');
  expect(await processesOf(project)).toEqual([]);
  await expect(access(join(project, '../planted'))).rejects.toThrow();
}
