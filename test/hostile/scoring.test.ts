import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { descriptorTrack } from '../../src/tracks/descriptor.ts';
import { containersOf, run } from '../support/cli.ts';
import { engineProxy } from '../support/engine-proxy.ts';
import { type Arena, openArena, zipWith } from './arena.ts';

const testing = 'test-submission --dataset test --block-internet --memory 256m';
const image = process.env.SUBMISSION_IMAGE ?? `${descriptorTrack.localRepository}:slim-local`;
const hungry = `vsc-test-hungry-${process.pid}`;

/** In place of the search: what takes ever more memory, as fast as some input may one day make it do. */
const search = [
  'def search(queries, references):',
  '    hog = []',
  '    while True: hog.append(bytearray(b"x" * (1 << 24)))',
].join('\\n');

let arena: Arena;
beforeAll(async () => {
  const dockerfile = `FROM ${image}\nRUN printf '${search}\\n' >> /opt/vsc_runtime/vsc_runtime/descriptor_track.py\n`;
  await execa('docker', ['build', '--quiet', '--tag', hungry, '-'], { input: dockerfile });
  arena = await openArena();
});
afterAll(async () => {
  await execa('docker', ['image', 'rm', '--force', hungry]);
  await arena?.close();
});

it('a scoring that takes more memory than any valid set needs is the submission to blame for', async () => {
  const project = await arena.project('hungry', zipWith(arena.parts, 'import honest\n'));
  const { exitCode, stderr } = await run(project, testing, { SUBMISSION_IMAGE: hungry });
  expect(stderr).toMatch(
    /The submission failed: scoring it took 1\.\d+ GB of memory, more than any valid set of this dataset needs\.\n/,
  );
  expect(exitCode).toBe(1);
  expect(await containersOf(project)).toBe('');
});

/** The memory of the scoring (the code's has nine digits) in what the engine is asked for, made less. */
const scarce = (text: string) =>
  text.replace(/"Memory(Swap)?":\d{10}\b/g, (asked) => {
    const [name] = asked.split(':');
    return `${name}:25165824`.padEnd(asked.length);
  });

it('one that is killed far below that is not: this machine has no more memory', async () => {
  const proxy = await engineProxy(scarce);
  const project = await arena.project('scarce', zipWith(arena.parts, 'import honest\n'));
  const { exitCode, stderr } = await run(project, testing, { DOCKER_HOST: proxy.host });
  proxy.cut();
  expect(stderr).toContain('The scoring was killed: this machine is out of memory.');
  expect(exitCode).toBe(3);
});
