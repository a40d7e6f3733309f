import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { preparedProject, run } from '../support/cli.ts';

it('says that the local image is not from the runtime/ of the project, and works all the same', async () => {
  const project = await preparedProject();
  await mkdir(join(project, 'runtime'));
  await writeFile(join(project, 'runtime/Dockerfile.slim'), 'FROM debian:bookworm-slim\n');
  const warning = /warning: \S+:slim-local .*\/runtime.* Build it anew: vsc build --slim\n/;

  const status = await run(project, '');
  expect(status, status.stderr).toMatchObject({ exitCode: 0 });
  expect(status.stderr).toMatch(warning);

  await run(project, 'pack-quickstart --dataset test');
  const planned = await run(project, 'test-submission --dataset test --dry-run');
  expect(planned, planned.stderr).toMatchObject({ exitCode: 0 });
  expect(planned.stderr).toMatch(warning);

  const doctor = await run(project, 'doctor --dataset test');
  expect(doctor.stdout).toContain('Build it anew: vsc build --slim');
});
