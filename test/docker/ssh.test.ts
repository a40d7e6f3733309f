import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { preparedProject, vsc } from '../support/cli.ts';
import { folderWith } from '../support/folder.ts';
import { ownSshd } from '../support/sshd.ts';

const shell = 'interact-container --block-internet';

/** Needs Debian's openssh-server (there on GitHub's machines); a stand-in for ssh is in test/engine. */
describe('an engine over ssh', () => {
  it('says where it is, and what images it has', async () => {
    const { env } = await ownSshd();
    const { stdout, exitCode } = await vsc(await folderWith(), '', { env });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Images on ssh://engine (DOCKER_HOST)');
    expect(stdout).toContain('slim-local');
  });

  it('carries input, much output and the exit code, and ends its connections', async () => {
    const { env } = await ownSshd();
    const root = await folderWith();
    const input = 'head -c 5000000 /dev/zero | tr "\\0" x; echo wrong >&2; exit 9';
    const { stdout, stderr, exitCode } = await vsc(root, shell, { env, input });
    expect({ exitCode, length: String(stdout).length }).toEqual({ exitCode: 9, length: 5_000_000 });
    expect(stderr).toMatch(/\nwrong\n$/);
  });

  it('copies in what an engine on another machine can not mount', async () => {
    const { env } = await ownSshd();
    const root = await folderWith({
      'data/train/query_subset.csv': 'video_id\n',
      'runtime/tests/test_packages.py': 'def test_fine(): pass\n',
    });
    const shown = await vsc(root, shell, { env, input: 'ls /data /code_execution/submission' });
    expect(shown).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('are copies') });
    expect(shown.stdout).toContain('query_subset.csv');
    const tested = await vsc(root, 'test-container --slim', { env });
    expect(tested).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('1 passed') });
  });

  it('gives the rankings that the engine gives here', async () => {
    const { env } = await ownSshd();
    const project = await preparedProject();
    const archive = () => readFile(join(project, 'submission/submission.tar.gz'));
    const testing = 'test-submission --dataset test --block-internet';
    await vsc(project, 'pack-quickstart --dataset test');
    expect(await vsc(project, testing)).toMatchObject({ exitCode: 0 });
    const here = await archive();
    const there = await vsc(project, testing, { env });
    expect(there, String(there.stderr)).toMatchObject({ exitCode: 0 });
    expect((await archive()).equals(here)).toBe(true);
  });

  it('stops and removes the container when interrupted', async () => {
    const { env } = await ownSshd();
    const root = await folderWith();
    const running = vsc(root, shell, { env, stdin: 'pipe' });
    running.stdin?.write('echo begun; sleep 600\n');
    running.stdout?.once('data', () => running.kill('SIGINT'));
    expect((await running).exitCode).toBe(130);
    const left = await execa('docker', ['ps', '-aq', '--filter', `label=vsc.project=${root}`]);
    expect(left.stdout).toBe('');
  });
});
