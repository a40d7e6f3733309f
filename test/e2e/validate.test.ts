import { access, cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { preparedProject, run } from '../support/cli.ts';

const fixtures = 'test/fixtures/validation';

/** A project with a quickstart that is packed for its dataset, test. */
async function packed(): Promise<string> {
  const project = await preparedProject();
  const { exitCode, stderr } = await run(project, 'pack-quickstart --dataset test');
  expect({ exitCode, stderr: stderr.includes('error') }).toEqual({ exitCode: 0, stderr: false });
  return project;
}

/** A project whose submission_src/ has the named fixtures as its sets. */
async function withSets(query: string, reference: string): Promise<string> {
  const project = await preparedProject();
  const source = join(project, 'submission_src');
  await mkdir(source);
  for (const kind of ['query', 'reference']) {
    const name = `${kind}_metadata.csv`;
    await cp(join(fixtures, name), join(project, 'data/test', name));
  }
  await cp(join(fixtures, `${query}.query.npz`), join(source, 'query_descriptors.npz'));
  await cp(join(fixtures, `${reference}.reference.npz`), join(source, 'reference_descriptors.npz'));
  await writeFile(join(source, 'main.py'), 'print("hello")\n');
  return project;
}

const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

describe('vsc validate', () => {
  it('says valid, with the numbers, for the zip and for the folder', async () => {
    const project = await packed();
    for (const line of ['', ' submission_quickstart', ' --no-finite']) {
      const { exitCode, stdout } = await run(project, `validate${line} --dataset test`);
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/ is valid.* for test\./);
      expect(stdout).toMatch(/query_descriptors\.npz: \d+ vectors of 16 dimensions, 30 videos/);
      expect(stdout).toMatch(/reference_descriptors\.npz: \d+ vectors of 16 dimensions, 40 videos/);
    }
    const { stdout } = await run(project, 'validate --dataset test --json');
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      ok: true,
      valid: true,
      dataset: 'test',
      findings: [],
      sets: [
        { dimensions: 16, videos: 30 },
        { dimensions: 16, videos: 40 },
      ],
    });
  });

  it('4 with every finding, as text and as JSON', async () => {
    const project = await withSets('several-at-once', 'several-at-once');
    const { exitCode, stderr } = await run(project, 'validate submission_src --dataset test');
    expect(exitCode).toBe(4);
    expect(stderr).toContain('submission_src would not be accepted:');
    expect(stderr.match(/^ {2}error query_descriptors\.npz/gm)?.length).toBeGreaterThan(1);
    expect(stderr).toMatch(/^ {2}error reference_descriptors\.npz/m);
    const json = await run(project, 'validate submission_src --dataset test --json');
    const result = JSON.parse(json.stdout);
    expect(result).toMatchObject({ ok: false, valid: false, error: { name: 'InvalidSubmission' } });
    expect(result.findings).toEqual(result.error.findings);
  });

  it('finds NaN, unless told not to look', async () => {
    const project = await withSets('nan', 'valid');
    const looked = await run(project, 'validate submission_src --dataset test');
    expect(looked.exitCode).toBe(4);
    expect(looked.stderr).toContain('is NaN');
    const not = await run(project, 'validate submission_src --dataset test --no-finite');
    expect(not).toMatchObject({ exitCode: 0 });
    expect(not.stdout).toContain('as far as the headers tell');
  });

  it('0 with warnings, unless phase 2 makes them errors', async () => {
    const project = await withSets('valid', 'valid');
    await rm(join(project, 'submission_src/main.py'));
    const { exitCode, stderr } = await run(project, 'validate submission_src --dataset test');
    expect(exitCode).toBe(0);
    expect(stderr).toContain('warning main.py: there is no main.py');
    const phase2 = await run(project, 'validate submission_src --dataset test --phase2');
    expect(phase2.exitCode).toBe(4);
  });

  it('takes the metadata of competition_data, under either name', async () => {
    const project = await packed();
    const downloads = join(project, 'competition_data/test');
    await mkdir(downloads, { recursive: true });
    const data = join(project, 'data/test');
    await rename(join(data, 'query_metadata.csv'), join(downloads, 'query_metadata.csv'));
    const long = 'test_reference_metadata.csv';
    await rename(join(data, 'reference_metadata.csv'), join(downloads, long));
    expect(await run(project, 'validate --dataset test')).toMatchObject({ exitCode: 0 });
  });

  it('without metadata: 4 for what is wrong anyway, else 3, and never valid', async () => {
    const wrong = await withSets('float64', 'valid');
    await rm(join(wrong, 'data'), { recursive: true });
    const found = await run(wrong, 'validate submission_src');
    expect(found.exitCode).toBe(4);
    expect(found.stderr).toContain('features is float64');
    expect(found.stderr).not.toContain('not in query_metadata.csv');
    const fine = await packed();
    const { exitCode, stdout, stderr } = await run(fine, 'validate --dataset phase2');
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    expect(stderr).toMatch(/query and reference metadata of phase2 are missing[\s\S]*data\/phase2/);
  });

  it('3 where there is nothing to check', async () => {
    const { exitCode, stderr } = await run(await preparedProject(), 'validate --dataset test');
    expect(exitCode).toBe(3);
    expect(stderr).toContain('vsc pack-submission');
  });
});

describe('packing', () => {
  it('4 for what would be rejected, with the findings; the zip is there all the same', async () => {
    const project = await withSets('float64', 'valid');
    const { exitCode, stderr } = await run(project, 'pack-submission --dataset test');
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/SHA-256 [0-9a-f]{64}/);
    expect(stderr).toContain('It is packed, but for test it would not be accepted:');
    expect(stderr).toContain('features is float64');
    expect(await isThere(join(project, 'submission/submission.zip'))).toBe(true);
    const json = await run(project, 'pack-submission --dataset test --force --json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: false,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      findings: [{ rule: 'not-float32' }],
    });
  });

  it('0 with warnings', async () => {
    const project = await withSets('valid', 'valid');
    await writeFile(join(project, 'submission_src/main.py'), 'requests.get("x")\n');
    const { exitCode, stderr } = await run(project, 'pack-submission --dataset test');
    expect(exitCode).toBe(0);
    expect(stderr).toContain('warning main.py: main.py:1 uses requests');
  });

  it('says whose rules were applied where the videos are of other data', async () => {
    const project = await withSets('unknown-query', 'valid');
    const { exitCode, stderr } = await run(project, 'pack-submission --dataset test');
    expect(exitCode).toBe(4);
    expect(stderr).toContain('checked for test; for other data: --dataset NAME');
  });

  it('packs without metadata, and says what was not checked', async () => {
    const project = await withSets('valid', 'valid');
    const { exitCode, stderr, stdout } = await run(project, 'pack-submission --dataset phase2');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('SHA-256');
    expect(stderr).toContain('could not be checked');
  });
});
