import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { descriptorTrack } from '../../src/tracks/descriptor.ts';
import { type TrackName, trackNames } from '../../src/tracks/names.ts';
import { containersOf, run } from '../support/cli.ts';
import { engineProxy } from '../support/engine-proxy.ts';
import { type Arena, openArena, zipWith } from './arena.ts';

const image = process.env.SUBMISSION_IMAGE ?? `${descriptorTrack.localRepository}:slim-local`;
const hungry = `vsc-test-hungry-${process.pid}`;

/** The class of a track in the image's runtime. */
const classes: Readonly<Record<TrackName, string>> = {
  descriptor: 'DescriptorScoring',
  matching: 'MatchingScoring',
};

/** In place of the last step of the scoring: what takes ever more memory, as fast as some input may one day make it do. */
const hog = [
  'def hog(*_):',
  '    taken = []',
  '    while True: taken.append(bytearray(b"x" * (1 << 24)))',
];

beforeAll(async () => {
  const layers = trackNames.map((track) => {
    const lines = [...hog, `${classes[track]}.results = hog`].join('\\n');
    return `RUN printf '${lines}\\n' >> /opt/vsc_runtime/vsc_runtime/${track}_scoring.py\n`;
  });
  const input = `FROM ${image}\n${layers.join('')}`;
  await execa('docker', ['build', '--quiet', '--tag', hungry, '-'], { input });
});
afterAll(() => execa('docker', ['image', 'rm', '--force', hungry]));

/** The memory of the scoring (the code's has nine digits) in what the engine is asked for, made less. */
const scarce = (text: string) =>
  text.replace(/"Memory(Swap)?":\d{10}\b/g, (asked) => {
    const [name] = asked.split(':');
    return `${name}:25165824`.padEnd(asked.length);
  });

describe.each(trackNames)('of the %s track', (track) => {
  let arena: Arena;
  const tried = async (name: string, env: Readonly<Record<string, string>> = {}) => {
    const project = await arena.project(name, zipWith(arena.parts, 'import honest\n'));
    const testing = `${arena.testing} --memory 256m`;
    const ended = await run(project, testing, { ...env, SUBMISSION_IMAGE: hungry });
    expect(await containersOf(project)).toBe('');
    return ended;
  };
  beforeAll(async () => {
    arena = await openArena(track);
  });
  afterAll(() => arena?.close());

  it('a scoring that takes more memory than any valid set needs is the submission to blame for', async () => {
    const { exitCode, stderr } = await tried('hungry');
    expect(stderr).toMatch(
      /The submission failed: scoring it took 1\.\d+ GB of memory, more than any valid set of this dataset needs\.\n/,
    );
    expect(exitCode).toBe(1);
  });

  it('one that is killed far below that is not: this machine has no more memory', async () => {
    const proxy = await engineProxy(scarce);
    const { exitCode, stderr } = await tried('scarce', { DOCKER_HOST: proxy.host });
    proxy.cut();
    expect(stderr).toContain('The scoring was killed: this machine is out of memory.');
    expect(exitCode).toBe(3);
  });
});
