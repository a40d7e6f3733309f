import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { givenOut, packWith, preparedProject, run, told, vsc } from './cli.ts';

/** A project whose code prints that it has begun, and never ends. */
export async function endlessProject(): Promise<string> {
  const project = await preparedProject();
  await packWith(project, 'import time\nprint("begun", flush=True)\nwhile True: time.sleep(0.1)\n');
  return project;
}

/** A rehearsal is followed from its first line to its end, where it is told to end. */
export async function followsARun(env: Record<string, string>) {
  const project = await preparedProject();
  await packWith(project, 'import time\nprint("begun", flush=True)\nwhile True: time.sleep(0.1)\n');
  const testing = vsc(project, 'test-submission --dataset test --block-internet', { env });
  await told(testing, 'begun');
  const following = vsc(project, 'logs -f', { env });
  const beside = vsc(project, 'logs --follow', { env });
  await Promise.all([givenOut(following, 'begun\n'), givenOut(beside, 'begun\n')]);
  beside.kill('SIGINT');
  expect((await beside).exitCode).toBe(130);
  testing.kill('SIGINT');
  expect((await testing).exitCode).toBe(130);
  const { exitCode, stdout, stderr } = await following;
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toBe(await readFile(join(project, 'submission/log.txt'), 'utf8'));
  const again = await run(project, 'logs -f -n 1', env);
  expect(again).toEqual({
    exitCode: 0,
    stdout: `${String(stdout).trimEnd().split('\n').at(-1)}\n`,
    stderr: '',
  });
}
