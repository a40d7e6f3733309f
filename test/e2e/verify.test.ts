import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { packWith, preparedProject, run } from '../support/cli.ts';

const testing = 'test-submission --dataset test --block-internet';

/** A project with a quickstart that was packed and run. */
const rehearsed = async () => {
  const project = await preparedProject();
  await run(project, 'pack-quickstart --dataset test');
  expect(await run(project, testing)).toMatchObject({ exitCode: 0 });
  return project;
};

const provenanceOf = async (project: string) =>
  JSON.parse(await readFile(join(project, 'submission/provenance.json'), 'utf8'));

/** SHA-256 as the system's own tool sees it. */
const sha256sum = async (path: string) => (await execa('sha256sum', [path])).stdout.slice(0, 64);

describe('a rehearsal and its record', () => {
  it('agree; whatever is changed afterwards is found, and undoing it mends it', async () => {
    const project = await rehearsed();
    const provenance = await provenanceOf(project);
    for (const { path, sha256 } of provenance.files) {
      expect([path, sha256]).toEqual([path, await sha256sum(join(project, path))]);
    }
    const names = provenance.files.map(({ path }: { path: string }) => path);
    for (const name of [
      'submission/submission.zip',
      'submission/submission.tar.gz',
      'submission/subset_query_descriptors.npz',
      'data/test/query_metadata.csv',
      'data/test/query/Q100003.mp4',
    ]) {
      expect(names).toContain(name);
    }
    expect(provenance.versions.runtime.numpy).toMatch(/^\d/);
    expect(provenance.containers).toHaveLength(2);
    expect(JSON.stringify(provenance)).not.toContain(project);

    const { exitCode, stdout } = await run(project, 'verify');
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/All that was checked is as recorded: (\d+) of \1\.\n$/),
    });

    for (const name of [
      'submission/submission.zip',
      'submission/submission.tar.gz',
      'data/test/query_subset.csv',
      'data/test/query/Q100012.mp4',
      'submission/provenance.json',
    ]) {
      const path = join(project, name);
      const before = await readFile(path);
      await appendFile(path, 'x');
      const tampered = await run(project, 'verify');
      expect([name, tampered.exitCode]).toEqual([name, 1]);
      expect(tampered.stderr + tampered.stdout).toContain(name);
      await writeFile(path, before);
    }
    expect((await run(project, 'verify')).exitCode).toBe(0);
  });

  it('tell the same as JSON, and what is not here is not checked', async () => {
    const project = await rehearsed();
    await rm(join(project, 'data'), { recursive: true });
    const good = await run(project, 'verify --json');
    expect(good.exitCode).toBe(0);
    expect(JSON.parse(good.stdout)).toMatchObject({
      command: 'verify',
      ok: true,
      outcome: 'succeeded',
      differing: 0,
      notChecked: 7,
    });
    await appendFile(join(project, 'submission/submission.zip'), 'x');
    const bad = await run(project, 'verify --json');
    expect(bad.exitCode).toBe(1);
    const result = JSON.parse(bad.stdout);
    expect(result).toMatchObject({
      ok: false,
      differing: 1,
      error: { name: 'VerificationFailed' },
    });
    expect(result.checks).toContainEqual(
      expect.objectContaining({ what: 'submission', state: 'differs' }),
    );
  });

  it('of a submission that failed: the reason is recorded, and there is no archive', async () => {
    const project = await preparedProject();
    await packWith(project, 'raise ValueError("no such model")\n');
    expect(await run(project, testing)).toMatchObject({ exitCode: 1 });
    expect(await provenanceOf(project)).toMatchObject({
      outcome: 'failed',
      failure: expect.stringContaining('no such model'),
    });
    const { exitCode, stderr } = await run(project, 'verify');
    expect(exitCode).toBe(3);
    expect(stderr).toContain('no such model');
  });
});

it('without a record: 3, and the command to run', async () => {
  const { exitCode, stderr } = await run(await preparedProject(), 'verify');
  expect(exitCode).toBe(3);
  expect(stderr).toContain('vsc test-submission');
});
