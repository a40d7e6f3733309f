import { PassThrough } from 'node:stream';
import type { Output } from '../../src/cli/output.ts';
import type { World } from '../../src/cli/world.ts';

/** A world of a test's own: no terminal, no environment, everything written is kept. */
export function testWorld(argv: readonly string[], change: Partial<World> = {}) {
  const keep = () => {
    const stream = new PassThrough();
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    const output: Output = {
      isTTY: false,
      write: async (text) => void stream.write(text),
      stream: () => stream,
    };
    return { output, text: () => Buffer.concat(chunks).toString() };
  };
  const stdout = keep();
  const stderr = keep();
  const world: World = {
    argv,
    program: ['node', 'vsc'],
    env: {},
    cwd: '/project',
    home: '/home/nobody',
    hostname: 'test',
    pid: 1,
    started: 1_700_000_000,
    platform: 'linux',
    stdin: () => new PassThrough(),
    stdout: stdout.output,
    stderr: stderr.output,
    packageRoot: '/package',
    version: '1.2.3',
    onSignal: () => () => {},
    isAlive: () => false,
    abandon: () => {},
    ...change,
  };
  return { world, stdout: stdout.text, stderr: stderr.text };
}
