import { join } from 'node:path';
import { create } from 'tar';
import { describe, expect, it } from 'vitest';
import { dataFolder, truthIn } from '../../src/dataset/layout.ts';
import { truePairs } from '../../src/dataset/truths.ts';
import { EnvironmentError, UsageError } from '../../src/errors.ts';
import { rankingMetric } from '../../src/scoring/ranking-metric.ts';
import {
  noGroundTruth,
  scoreAgainst,
  scoreFile,
  scoreSubmission,
} from '../../src/scoring/score-submission.ts';
import { folderWith } from '../support/folder.ts';

const header = 'query_id,ref_id,score\n';
const rankings = {
  'full_rankings.csv': `${header}Q100001,R100001,3\nQ100002,R100009,2\nQ100002,R100002,1\n`,
  'subset_rankings.csv': `${header}Q100002,R100009,2\nQ100002,R100002,1\n`,
};
const truth = 'query_id,ref_id\nQ100001,R100001\nQ100002,R100002\n';
const subsetTruth = 'query_id,ref_id\nQ100002,R100002\n';
const full = { pairs: 3, truePairs: 2, found: 2 };
const subset = { pairs: 2, truePairs: 1, found: 1 };

/** A folder with data, and the archive of a run in it. */
async function afterRun(files: Record<string, string>) {
  const folder = await folderWith({ ...rankings, ...files });
  const archive = join(folder, 'submission.tar.gz');
  await create({ cwd: folder, file: archive, gzip: true }, Object.keys(rankings));
  return { archive, data: dataFolder(folder) };
}

describe('the score of a run', () => {
  it('is of both rankings, each beside its own ground truth', async () => {
    const { archive, data } = await afterRun({
      'ground_truth.csv': truth,
      'subset_ground_truth.csv': subsetTruth,
    });
    const score = await scoreSubmission(rankingMetric, archive, truthIn(data.folder, truePairs));
    expect(score).toMatchObject({ full, subset });
    expect(score?.full.microAveragePrecision).toBeCloseTo((1 + 2 / 3) / 2, 14);
  });

  it('is of the full ones alone where the subset has no ground truth, and none without any', async () => {
    const { archive, data } = await afterRun({ 'ground_truth.csv': truth });
    const score = await scoreSubmission(rankingMetric, archive, truthIn(data.folder, truePairs));
    expect(score).toMatchObject({ full });
    expect(score).not.toHaveProperty('subset');
    const bare = await afterRun({});
    const none = truthIn(bare.data.folder, truePairs);
    expect(await scoreSubmission(rankingMetric, bare.archive, none)).toBeUndefined();
  });
});

describe('the score against a ground truth of the user', () => {
  it("has the subset's where it is known which queries those are", async () => {
    const files = { 'mine.csv': truth, 'query_subset.csv': 'video_id\nQ100002\n' };
    const { archive, data } = await afterRun(files);
    const mine = join(data.folder, 'mine.csv');
    const against = (queries: string) => scoreAgainst(rankingMetric, archive, mine, queries);
    expect(await against(data.querySubset)).toMatchObject({ full, subset });
    const score = await against(join(data.folder, 'none.csv'));
    expect(score).toMatchObject({ full });
    expect(score).not.toHaveProperty('subset');
  });

  it('takes rankings in any order, with more columns, from a file', async () => {
    const text = 'score,ref_id,query_id,note\n1,R100002,Q100002,x\n3,R100001,Q100001,y\n';
    const folder = await folderWith({ 'r.csv': text, 'mine.csv': truth });
    const score = await scoreFile(rankingMetric, join(folder, 'r.csv'), join(folder, 'mine.csv'));
    expect(score).toMatchObject({ pairs: 2, found: 2, microAveragePrecision: 1 });
  });

  it.each([
    ['none.csv', 'mine.csv', /^There is no file .*none\.csv\.$/],
    ['r.csv', 'none.csv', /^There is no file .*none\.csv\.$/],
    ['mine.csv', 'mine.csv', /mine\.csv, line 1: the columns are not query_id,ref_id,score\.$/],
    ['r.csv', 'bad.csv', /bad\.csv, line 2: query_id is "x", not Q and six digits\.$/],
  ])('blames the command line for %s and %s', async (scored, against, message) => {
    const folder = await folderWith({
      'r.csv': header,
      'mine.csv': truth,
      'bad.csv': 'query_id,ref_id\nx,y\n',
    });
    const files = [join(folder, scored), join(folder, against)] as const;
    const error = await scoreFile(rankingMetric, ...files).catch((e) => e);
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toMatch(message);
    if (against === 'bad.csv') expect(error.next).not.toEqual([]);
  });
});

it('where there is no ground truth it says how one is made, if it can be', () => {
  const error = noGroundTruth('/p/ground_truth.csv', 'train', 'vsc data-subset');
  expect(error).toBeInstanceOf(EnvironmentError);
  expect(error.message).toContain('/p/ground_truth.csv is missing');
  expect(error.next).toEqual([
    'Run "vsc data-subset" to make it.',
    expect.stringContaining('vsc score --ground-truth FILE'),
  ]);
  const [why] = noGroundTruth('/p/ground_truth.csv', 'test', 'x').next;
  expect(why).toBe('The data that are given out for test have none.');
});
