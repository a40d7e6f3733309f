import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { preparedProject, run } from '../support/cli.ts';
import { folderWith } from '../support/folder.ts';

/** A PATH with an `nvidia-smi` of our own, in front of this machine's. */
async function pathWith(script: string): Promise<Record<string, string>> {
  const folder = await folderWith({ 'nvidia-smi': `#!/bin/sh\n${script}\n` });
  await chmod(join(folder, 'nvidia-smi'), 0o755);
  return { PATH: `${folder}:${process.env.PATH}` };
}

const healthy =
  'if [ "$1" = -L ]; then echo "GPU 0: Tesla T4 (UUID: GPU-1)"; else echo "| NVIDIA-SMI 580.82.09  Driver Version: 580.82.09  CUDA Version: 13.0 |"; fi';
const image = { SUBMISSION_IMAGE: 'meta-vsc-descriptor-runtime:slim-local' };

it('chooses the GPU where nvidia-smi is, and says why a container can not have it', async () => {
  const project = await preparedProject();
  const path = await pathWith(healthy);
  expect((await run(project, '', path)).stdout).toMatch(/CPU_OR_GPU +gpu +found .*nvidia-smi/);
  await run(project, 'pack-quickstart --dataset test');
  const failed = await run(project, 'test-submission --dataset test', { ...path, ...image });
  expect(failed.exitCode).toBe(3);
  expect(failed.stderr).toMatch(/can't have the GPU.*neither the NVIDIA runtime/);
  expect(failed.stderr).toContain('version 580.82.09, CUDA 13.0, Tesla T4');
  expect(failed.stderr).toMatch(/CPU_OR_GPU=cpu[\s\S]*SKIP_GPU=true[\s\S]*Container Toolkit/);
});

it('goes both ways that need no installing', async () => {
  const project = await preparedProject();
  const path = await pathWith('echo "No devices were found"; exit 6');
  await run(project, 'pack-quickstart --dataset test');
  for (const way of [{ CPU_OR_GPU: 'cpu' }, { SKIP_GPU: 'true' }]) {
    const done = await run(project, 'test-submission --dataset test', {
      ...path,
      ...image,
      ...way,
    });
    expect(done.stderr).not.toContain('GPU');
    expect(done.exitCode).toBe(0);
  }
});

it('asks for the GPU on a machine without one', async () => {
  const project = await preparedProject();
  await run(project, 'pack-quickstart --dataset test');
  const failed = await run(project, 'test-submission --dataset test --gpu', image);
  expect(failed.exitCode).toBe(3);
  expect(failed.stderr).toMatch(/This machine has no nvidia-smi.*\n.*CPU_OR_GPU=cpu/);
});

it('doctor tells the same', async () => {
  const project = await preparedProject();
  const { exitCode, stdout } = await run(project, 'doctor --json', {
    ...(await pathWith(
      'echo "Failed to initialize NVML: Driver/library version mismatch"; exit 18',
    )),
    ...image,
    DATASET: 'test',
  });
  const { checks } = JSON.parse(stdout);
  expect(exitCode).toBe(3);
  expect(checks).toContainEqual(
    expect.objectContaining({
      name: 'gpu',
      status: 'failed',
      detail: expect.stringContaining('Driver/library version mismatch'),
    }),
  );
});
