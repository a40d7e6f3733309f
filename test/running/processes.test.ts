import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { askToEnd, startOf } from '../../src/running/processes.ts';

const { env } = process;

// On Linux by /proc, elsewhere by ps, which is here too.
it.each(['linux', 'darwin'] as const)('tells on %s when a process began', async (platform) => {
  const start = (await startOf(process.pid, { platform, env })) ?? 0;
  expect(Math.abs(start - (Date.now() / 1000 - process.uptime()))).toBeLessThan(2);
});

it.each([
  ['linux', 2 ** 30],
  ['darwin', 2 ** 30],
  ['win32', process.pid],
] as const)('tells nothing on %s of the process %d', async (platform, pid) => {
  expect(await startOf(pid, { platform, env })).toBeUndefined();
});

it('asks a process to end, and minds none that is gone', async () => {
  const child = spawn('sleep', ['600']);
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  expect(askToEnd(pid)).toBe(true);
  expect(await once(child, 'exit')).toEqual([null, 'SIGTERM']);
  expect(askToEnd(pid)).toBe(true);
});
