import { PassThrough } from 'node:stream';
import type { World } from '../../src/cli/world.ts';

/** A world of a test's own: no terminal, no environment, everything written is kept. */
export function testWorld(argv: readonly string[], change: Partial<World> = {}) {
  const keep = () => {
    const stream = new PassThrough();
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    return { stream, text: () => Buffer.concat(chunks).toString() };
  };
  const stdout = keep();
  const stderr = keep();
  const world: World = {
    argv,
    env: {},
    cwd: '/project',
    home: '/home/nobody',
    hostname: 'test',
    pid: 1,
    platform: 'linux',
    stdin: new PassThrough(),
    stdout: stdout.stream,
    stderr: stderr.stream,
    packageRoot: '/package',
    version: '1.2.3',
    onSignal: () => () => {},
    isAlive: () => false,
    abandon: () => {},
    ...change,
  };
  return { world, stdout: stdout.text, stderr: stderr.text };
}
