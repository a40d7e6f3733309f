import { readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { create } from 'tar';
import { describe, expect, it } from 'vitest';
import { ids, preparedProject, run } from '../support/cli.ts';
import { folderWith } from '../support/folder.ts';

const header = 'query_id,ref_id,score\n';
const full = `${header}Q100001,R200001,3\nQ100002,R200009,2\nQ100003,R200003,1\n`;
const subset = `${header}Q100003,R200003,1\n`;
const truth =
  'query_id,ref_id,query_start\nQ100001,R200001,0\nQ100001,R200001,9\nQ100003,R200003,0\n';

/** A project with the results of a run on train. */
async function scored(files: Record<string, string> = {}): Promise<string> {
  const project = await folderWith({
    'submission/full_rankings.csv': full,
    'submission/subset_rankings.csv': subset,
    'data/train/ground_truth.csv': truth,
    'data/train/subset_ground_truth.csv': 'query_id,ref_id\nQ100003,R200003\nQ100003,R200004\n',
    ...files,
  });
  const cwd = join(project, 'submission');
  await create({ cwd, gzip: true, file: join(cwd, 'submission.tar.gz') }, [
    'full_rankings.csv',
    'subset_rankings.csv',
  ]);
  return project;
}

describe('vsc score', () => {
  it('shows the figures of both rankings and what costs the most', async () => {
    const { exitCode, stdout } = await run(await scored(), 'score');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^ +full +subset$/m);
    expect(stdout).toMatch(/µAP +0\.8333 +0\.5000/);
    expect(stdout).toMatch(/true pairs found +2 of 2 +1 of 2/);
    expect(stdout).toMatch(/Q100003 +0\.1667 +1 of 1 +3/);
    expect(stdout).toMatch(/Q100002 +R200009 +2 +2/);
  });

  it('prints it all as JSON', async () => {
    const project = await scored();
    const { stdout } = await run(project, 'score --json');
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      command: 'score',
      ok: true,
      rankings: join(project, 'submission/submission.tar.gz'),
      groundTruth: join(project, 'data/train/ground_truth.csv'),
      score: {
        full: {
          microAveragePrecision: expect.closeTo(5 / 6, 12),
          pairs: 3,
          truePairs: 2,
          found: 2,
        },
        subset: { microAveragePrecision: 0.5, pairs: 1, truePairs: 2, found: 1 },
      },
    });
  });

  it('scores any CSV, in any order, against any ground truth', async () => {
    const project = await scored();
    const [first, ...rows] = full.trimEnd().split('\n');
    await writeFile(join(project, 'mine.csv'), [first, ...rows.toReversed()].join('\n'));
    await writeFile(join(project, 'truth.csv'), 'query_id,ref_id\nQ100002,R200009\n');
    const own = await run(project, 'score --rankings mine.csv --ground-truth truth.csv');
    expect(own.stdout).toMatch(/µAP +0\.5000$/m);
    const dataset = await run(project, 'score --rankings mine.csv');
    expect(dataset.stdout).toMatch(/µAP +0\.8333$/m);
  });

  it('scores another dataset with a ground truth that the user has', async () => {
    const project = await scored({
      'data/test/query_subset.csv': 'video_id\nQ100003\n',
      'mine.csv': truth,
    });
    const { stdout } = await run(project, 'score --dataset test --ground-truth mine.csv --json');
    expect(JSON.parse(stdout).score).toMatchObject({
      full: { microAveragePrecision: expect.closeTo(5 / 6, 12) },
      subset: { microAveragePrecision: 1, truePairs: 1 },
    });
  });

  it('wonders about rankings of another dataset', async () => {
    const project = await scored();
    await writeFile(
      join(project, 'data/train/ground_truth.csv'),
      'query_id,ref_id\nQ300000,R300000\n',
    );
    expect((await run(project, 'score')).stdout).toContain('are they those of another dataset?');
  });

  it('3 without a ground truth: which file, and what to do', async () => {
    const test = await run(await scored(), 'score --dataset test');
    expect(test.exitCode).toBe(3);
    expect(test.stderr).toMatch(
      /data\/test\/ground_truth\.csv is missing[\s\S]*--ground-truth FILE/,
    );
    const train = await run(await folderWith(), 'score');
    expect(train.exitCode).toBe(3);
    expect(train.stderr).toContain('Run "vsc data-subset"');
  });

  it('3 without results, naming test-submission', async () => {
    const project = await folderWith({ 'data/train/ground_truth.csv': truth });
    const { exitCode, stderr } = await run(project, 'score');
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/no results at .*submission\.tar\.gz[\s\S]*vsc test-submission/);
  });

  it('1 for results that are malformed, 2 for a file the user named', async () => {
    const project = await scored({ 'submission/full_rankings.csv': `${full}Q1,R1,9\n` });
    const { exitCode, stderr } = await run(project, 'score');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: 'full_rankings.csv, line 5: the scores are not in descending order.\n',
    });
    for (const line of ['--rankings none.csv', '--rankings data/train/ground_truth.csv']) {
      expect((await run(project, `score ${line}`)).exitCode).toBe(2);
    }
    expect((await run(project, 'score --ground-truth none.csv')).exitCode).toBe(2);
  });

  it('stops at the first wrong line of an archive that goes on for long', async () => {
    const lines = 'Q100001,R200001,1\n'.repeat(2_000_000);
    const project = await scored({ 'submission/full_rankings.csv': `${header}Q1,R1\n${lines}` });
    // What reads on finds that the archive has no end.
    const archive = join(project, 'submission/submission.tar.gz');
    await truncate(archive, (await stat(archive)).size - 5_000);
    const { exitCode, stderr } = await run(project, 'score');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('line 2: "Q1,R1" is no ranking');
  });
});

describe('vsc test-submission, where there is a ground truth', () => {
  it('prints the score that vsc score tells of the same archive', async () => {
    const project = await preparedProject();
    const pairs = ids('Q', 30).map((query, at) => `${query},${ids('R', 40)[at]}`);
    const file = ['query_id,ref_id', ...pairs, ''].join('\n');
    await writeFile(join(project, 'data/test/ground_truth.csv'), file);
    await writeFile(join(project, 'data/test/subset_ground_truth.csv'), file);
    await run(project, 'pack-quickstart --dataset test');
    const tested = await run(project, 'test-submission --dataset test --block-internet');
    expect(tested).toMatchObject({ exitCode: 0 });
    const { score } = JSON.parse((await run(project, 'score --dataset test --json')).stdout);
    expect(score.full).toMatchObject({ pairs: 750, truePairs: 30 });
    const figure = (set: { microAveragePrecision: number }) => set.microAveragePrecision.toFixed(4);
    expect(tested.stdout).toMatch(
      new RegExp(`µAP +${figure(score.full)} +${figure(score.subset)}`),
    );
  });
});

describe('docs/json.md', () => {
  it('describes every key of the score', async () => {
    const { stdout } = await run(await scored(), 'score --json');
    const text = await readFile('docs/json.md', 'utf8');
    const { score } = JSON.parse(stdout);
    const keys = [...Object.keys(score), ...Object.keys(score.full)];
    expect(keys.filter((key) => !text.includes(`\`${key}\``))).toEqual([]);
  });
});
