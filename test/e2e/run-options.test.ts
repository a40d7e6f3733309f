import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { containersOf, packWith, preparedProject, run, subsetQueries } from '../support/cli.ts';
import { snapshot } from '../support/snapshot.ts';

const testing = 'test-submission --dataset test --block-internet';
const token = 'hf_0123456789abcdef';

/** Code that tells what it was given, in one piece and in two, and writes what it should. */
const telling = `import os, sys, time
import numpy as np
given = os.environ.get("HF_TOKEN", "nothing")
print("whole:", given, "seed:", os.environ.get("SEED"), flush=True)
sys.stdout.write("halves: " + given[:9]); sys.stdout.flush(); time.sleep(0.3)
print(given[9:], flush=True)
ids = sorted(line.strip() for line in list(open("/data/query_subset.csv"))[1:])
videos = sorted(os.listdir("/data/query"))
print("queries:", len(ids), "videos:", len(videos), flush=True)
np.savez("subset_query_descriptors.npz", video_ids=ids, timestamps=np.zeros(len(ids)),
         features=np.ones((len(ids), 16), "float32"))
`;

/** The files of a folder in which a text stands. */
async function filesWith(folder: string, text: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(files.map((file) => readFile(file, 'latin1')));
  return files.filter((_, at) => texts[at]?.includes(text));
}

const isThere = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
const json = async (path: string) => JSON.parse(await readFile(path, 'utf8'));

interface Container {
  readonly environment: Readonly<Record<string, string>>;
}

describe('--env', () => {
  it('reaches the code, is recorded by its name, and its value is nowhere', async () => {
    const project = await preparedProject();
    await packWith(project, telling);
    const line = `${testing} --env HF_TOKEN --env SEED=7 --json`;
    const tested = await run(project, line, { HF_TOKEN: token });
    expect(tested.exitCode).toBe(0);
    const log = await readFile(join(project, 'submission/log.txt'), 'utf8');
    expect(log).toContain('whole: *** seed: 7\nhalves: ***\n');
    const { containers, settings } = await json(join(project, 'submission/provenance.json'));
    expect(containers.map((each: Container) => each.environment.HF_TOKEN)).toEqual([
      '•••',
      undefined,
    ]);
    expect(settings).toContainEqual({ name: 'HF_TOKEN', value: '•••', source: '--env' });
    expect(await readFile(join(project, 'submission/report.html'), 'utf8')).toContain('HF_TOKEN');
    const shown = await run(project, `${testing} --env HF_TOKEN --dry-run`, { HF_TOKEN: token });
    expect(shown.stdout).toContain('"HF_TOKEN": "•••"');
    for (const { stdout, stderr } of [tested, shown]) expect(stdout + stderr).not.toContain(token);
    expect(await filesWith(project, token)).toEqual([]);
  });

  it('is in no error of code that fails with it', async () => {
    const project = await preparedProject();
    await packWith(project, 'import os\nraise ValueError("refused: " + os.environ["HF_TOKEN"])\n');
    const tested = await run(project, `${testing} --env HF_TOKEN=${token}`);
    expect(tested.exitCode).toBe(1);
    expect(tested.stderr).toContain('ValueError: refused: ***');
    expect(tested.stderr).not.toContain(token);
    expect(await filesWith(project, token)).toEqual([]);
  });

  it('is there for every submission of a batch, and another value is judged anew', async () => {
    const project = await preparedProject();
    await packWith(project, telling);
    await rename(join(project, 'submission'), join(project, 'subs'));
    const batch = (value: string) =>
      run(project, `batch subs --dataset test --env HF_TOKEN --json`, { HF_TOKEN: value });
    const first = await batch(token);
    expect(JSON.parse(first.stdout).submissions).toMatchObject([{ verdict: 'runs' }]);
    const folder = join(project, 'batch/subs-test-descriptor');
    const log = () => readFile(join(folder, 'submissions/submission/done/log.txt'), 'utf8');
    expect(await log()).toContain('whole: ***');
    expect(await filesWith(folder, token)).toEqual([]);
    expect((await batch(token)).stderr).toContain('1 of 1 submissions are judged already');
    expect((await batch('another-value')).stderr).toContain('judged anew');
    expect(await filesWith(folder, 'another-value')).toEqual([]);
  });
});

describe('--data', () => {
  it("is taken in place of the dataset's folder, and recorded as that", async () => {
    const project = await preparedProject();
    await packWith(project, telling);
    await rename(join(project, 'data/test'), join(project, 'elsewhere'));
    expect((await run(project, testing)).exitCode).toBe(3);
    const tested = await run(project, `${testing} --data elsewhere`);
    expect(tested.exitCode).toBe(0);
    const record = await readFile(join(project, 'submission/provenance.json'), 'utf8');
    expect(record).toContain('"data/test/query_subset.csv"');
    expect(record).not.toContain(project);
    expect((await run(project, 'validate --dataset test --data elsewhere')).exitCode).toBe(0);
    await rm(join(project, 'elsewhere/query_subset.csv'));
    const missing = await run(project, `${testing} --data elsewhere`);
    expect(missing.exitCode).toBe(3);
    expect(missing.stderr).toContain(join(project, 'elsewhere/query_subset.csv'));
    expect(missing.stderr).toContain('vsc data-subset');
    const shell = await run(project, 'interact-container --dataset test --data nowhere --dry-run');
    expect(shell.exitCode).toBe(3);
  });
});

describe('--gpus', () => {
  it('is wrong usage where the settings give none, and told where the machine has none', async () => {
    const project = await preparedProject();
    await packWith(project, telling);
    const refused = await run(project, `${testing} --cpu --gpus 0`);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('--cpu');
    const unusable = await run(project, `${testing} --gpu --gpus 0`);
    expect(unusable.exitCode).toBe(3);
    expect(unusable.stderr).toContain('GPU');
  });
});

describe('--keep', () => {
  const failing = `${telling}raise ValueError("after all")\n`;

  it('leaves what there is of a run that failed, until it is cleaned up', async () => {
    const project = await preparedProject();
    await packWith(project, failing);
    const { exitCode, stdout, stderr } = await run(project, `${testing} --keep --json`);
    expect(exitCode).toBe(1);
    const { kept } = JSON.parse(stdout);
    expect(stderr).toContain(`Kept for you to look at: ${kept} (`);
    expect(await readdir(kept)).toEqual(expect.arrayContaining(['log.txt', 'report.html']));
    const made = await readFile(join(kept, 'code_execution/subset_query_descriptors.npz'));
    expect(made.subarray(0, 2).toString()).toBe('PK');
    const log = await readFile(join(kept, 'log.txt'), 'utf8');
    expect(log).toContain('ValueError: after all');

    await packWith(project, telling);
    expect(await run(project, `${testing} --keep`)).toMatchObject({ exitCode: 0 });
    expect(await readFile(join(kept, 'log.txt'), 'utf8')).toBe(log);
    const names = await readdir(join(project, 'submission'));
    expect(names.filter((name) => /^(\.run-|kept-)/.test(name))).toHaveLength(1);

    const cleaned = await run(project, 'clean');
    expect(cleaned.stdout).toContain('Deleted 1 kept run');
    expect(await isThere(kept)).toBe(false);
    expect(await isThere(join(project, 'submission/submission.tar.gz'))).toBe(true);
    expect(await containersOf(project)).toBe('');
  });

  it('has the results of code that broke the rules', async () => {
    const project = await preparedProject();
    await packWith(project, telling.replace('"float32"', '"float64"'));
    const { stdout } = await run(project, `${testing} --keep --json`);
    const { kept, error } = JSON.parse(stdout);
    expect(error.cause).toBe('broken-rules');
    expect(await readdir(kept)).toContain('subset_query_descriptors.npz');
  });
});

describe('--smoke', () => {
  it('tries three queries, tells that this is all, and leaves the results of a rehearsal alone', async () => {
    const project = await preparedProject();
    await packWith(project, telling);
    expect(await run(project, testing)).toMatchObject({ exitCode: 0 });
    const submission = join(project, 'submission');
    const before = await snapshot(submission);
    const tested = await run(project, `${testing} --smoke`);
    expect(tested.exitCode).toBe(0);
    expect(tested.stderr).toContain(`3 of the ${subsetQueries} queries of the subset`);
    expect(tested.stderr).toContain('queries: 3 videos: 3');
    expect(tested.stdout).toMatch(/^The smoke test went well: .* It was no full rehearsal/);
    expect(tested.stdout).toContain('main.py does not make the submitted descriptors');
    expect(await snapshot(submission, /^smoke/)).toEqual(before);
    expect(await readdir(join(submission, 'smoke'))).toEqual([
      'log.txt',
      'report.html',
      'report.json',
      'subset_query_descriptors.npz',
    ]);
    const page = await readFile(join(submission, 'smoke/report.html'), 'utf8');
    expect(page).toContain('A smoke test, no full rehearsal');
    const told = JSON.parse((await run(project, `${testing} --smoke --json`)).stdout);
    const smoke = { queries: 3, of: subsetQueries };
    expect(told).toMatchObject({
      ok: true,
      smoke,
      score: null,
      provenance: null,
      subsetQueries: 3,
    });
    expect(told.reproduction.verdict).toBe('differs');
    expect(await containersOf(project)).toBe('');
  });

  it('says of a time-out what it means, and what to do', async () => {
    const project = await preparedProject();
    await packWith(project, 'import time\ntime.sleep(600)\n');
    const tested = await run(project, `${testing} --smoke --time-limit 2s`);
    expect(tested.exitCode).toBe(1);
    expect(tested.stderr).toContain('stopped at the time limit of 2.00 s');
    expect(tested.stderr).toContain('A smoke test has two minutes at most');
    expect(tested.stderr).toContain('--official-limits');
  });

  it('checks all that needs no Docker', async () => {
    const project = await preparedProject();
    await packWith(project, telling);
    await writeFile(
      join(project, 'data/test/query_metadata.csv'),
      'video_id,duration_sec\nQ100001,1\n',
    );
    const tested = await run(project, `${testing} --smoke`);
    expect(tested.exitCode).toBe(4);
    expect(tested.stderr).toContain('query_descriptors.npz');
    expect(await readdir(join(project, 'submission/smoke'))).toEqual([]);
  });

  it('works for the matching track too', async () => {
    const project = await preparedProject();
    const matching = '--track matching --dataset test';
    await run(project, `pack-quickstart ${matching}`);
    const tested = await run(
      project,
      `test-submission ${matching} --block-internet --smoke --json`,
    );
    expect(tested.exitCode).toBe(0);
    const told = JSON.parse(tested.stdout);
    expect(told).toMatchObject({ smoke: { queries: 3 }, subsetQueries: 3 });
    expect(
      told.reproduction.queries.both + told.reproduction.queries.onlySubmitted,
    ).toBeLessThanOrEqual(3);
    expect(await readdir(join(project, 'submission/smoke'))).toContain('subset_matches.csv');
    expect(await isThere(join(project, 'submission/subset_matches.csv'))).toBe(false);
  });
});
