import { spawnSync } from 'node:child_process';
import { afterEach, expect, it, vi } from 'vitest';
import { isAlive } from '../src/processes.ts';

afterEach(() => vi.restoreAllMocks());

it('knows a process that runs from one that has ended', () => {
  expect(isAlive(process.pid)).toBe(true);
  expect(isAlive(spawnSync(process.execPath, ['--version']).pid)).toBe(false);
});

it("counts somebody else's process, which it may not signal, as running", () => {
  vi.spyOn(process, 'kill').mockImplementation(() => {
    throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
  });
  expect(isAlive(1)).toBe(true);
});
