import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { run, told, vsc } from '../support/cli.ts';
import { folderWith } from '../support/folder.ts';

const containers = async (project: string) => {
  const filter = `label=vsc.project=${project}`;
  return (await execa('docker', ['ps', '-aq', '--filter', filter])).stdout;
};

/** A project whose `runtime/` has these tests. */
const projectWith = (tests: string) => folderWith({ 'runtime/tests/test_packages.py': tests });

describe('test-container', () => {
  it("runs the image's own tests where the project has none", async () => {
    const project = await folderWith();
    const { exitCode, stdout, stderr } = await run(project, 'test-container --slim');
    expect(stderr).toMatch(/test_packages\.py[\s\S]* passed/);
    expect(stdout).toContain('meta-vsc-descriptor-runtime:slim-local passes its tests');
    expect(exitCode).toBe(0);
    expect(await containers(project)).toBe('');
  });

  it("prefers the project's tests: 1 when one fails, which is shown", async () => {
    const project = await projectWith(
      'def test_import():\n    import torch_that_is_not_there\n\ndef test_fine(): pass\n',
    );
    const { exitCode, stdout, stderr } = await run(project, 'test-container --slim');
    expect(exitCode).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain("No module named 'torch_that_is_not_there'");
    expect(stderr).toMatch(/1 failed, 1 passed[\s\S]*does not pass its tests/);
    expect(await containers(project)).toBe('');
  });

  it('1, not 0, when there is nothing to test', async () => {
    const { exitCode, stderr } = await run(await projectWith(''), 'test-container --slim');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('pytest exited with 5');
  });

  it('stops when interrupted, and leaves no container', async () => {
    const project = await projectWith('def test_long():\n    import time; time.sleep(600)\n');
    const running = vsc(project, 'test-container --slim');
    await told(running, 'collected');
    running.kill('SIGINT');
    expect((await running).exitCode).toBe(130);
    expect(await containers(project)).toBe('');
  });

  it('shows the container on a dry run, and what would be built', async () => {
    const project = await projectWith('');
    const { stdout, stderr, exitCode } = await run(
      project,
      'test-container --dry-run --gpu --skip-gpu',
    );
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      network: 'none',
      gpus: 'none',
      environment: { SKIP_GPU: 'true' },
      mounts: [{ source: `${project}/runtime`, target: '/project/runtime', readOnly: true }],
    });
    expect(stderr).toContain('Would build meta-vsc-descriptor-runtime:gpu-local');
  });
});

describe('pack-benchmark', () => {
  const benchmark = { 'submission_benchmark/main.py': 'print()\n' };

  it('3 without descriptors and without the videos to make them of', async () => {
    const project = await folderWith(benchmark);
    const { exitCode, stderr } = await run(project, 'pack-benchmark');
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/No competition data of train[\s\S]*Put the download there/);
  });

  it('makes the folder from the template where there is none, but no descriptors', async () => {
    const project = await folderWith({});
    const { exitCode, stderr } = await run(project, 'pack-benchmark');
    expect(exitCode).toBe(3);
    expect(stderr).toContain('No competition data of train');
    const made = await readdir(join(project, 'submission_benchmark'));
    expect(made).toEqual(expect.arrayContaining(['main.py', 'features.py', 'background.npz']));
    expect(made.filter((name) => name.endsWith('_descriptors.npz'))).toEqual([]);
  });

  it('packs them with the code, and checks the zip like the other pack commands', async () => {
    const project = await folderWith({
      ...benchmark,
      'submission_benchmark/query_descriptors.npz': 'q',
      'submission_benchmark/reference_descriptors.npz': 'r',
    });
    const { exitCode, stderr } = await run(project, 'pack-benchmark');
    expect(exitCode).toBe(4); // "q" and "r" are no descriptors
    expect(stderr).toMatch(/main\.py\n[\s\S]*SHA-256 /);
    expect((await run(project, 'pack-benchmark')).exitCode).toBe(2);
  });
});
