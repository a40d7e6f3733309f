import { join } from 'node:path';
import { create } from 'tar';
import { describe, expect, it } from 'vitest';
import { truthIn } from '../../../src/dataset/layout.ts';
import { trueSegments } from '../../../src/dataset/truths.ts';
import { EnvironmentError, SubmissionFailed, UsageError } from '../../../src/errors.ts';
import { scoreAgainst, scoreFile, scoreSubmission } from '../../../src/scoring/score-submission.ts';
import { segmentMetric } from '../../../src/scoring/segments/segment-metric.ts';
import { folderWith } from '../../support/folder.ts';

const truthHeader = 'query_id,ref_id,query_start,query_end,ref_start,ref_end\n';
const header = truthHeader.replace('\n', ',score\n');
const truth = `${truthHeader}Q100001,R100001,0,10,20,30\nQ100002,R100002,5,15,5,15\n`;
const subsetTruth = `${truthHeader}Q100002,R100002,5,15,5,15\n`;
const full = `${header}Q100001,R100001,0,10,20,30,0.9\n`;
const subset = `${header}Q100002,R100002,5,15,5,10,0.9\n`;

/** A folder with data, and the archive of a run in it. */
async function afterRun(change: Readonly<Record<string, string>> = {}) {
  const files = { 'full_matches.csv': full, 'subset_matches.csv': subset };
  const folder = await folderWith({
    ...files,
    'matching_ground_truth.csv': truth,
    'subset_matching_ground_truth.csv': subsetTruth,
    'query_subset.csv': 'video_id\nQ100002\n',
    ...change,
  });
  const archive = join(folder, 'submission.tar.gz');
  await create({ cwd: folder, file: archive, gzip: true }, Object.keys(files));
  return { folder, archive };
}

const scored = ({ folder, archive }: Awaited<ReturnType<typeof afterRun>>) =>
  scoreSubmission(segmentMetric, archive, truthIn(folder, trueSegments));

describe('the score of the matches of a run', () => {
  it('is of both files, each beside its own ground truth', async () => {
    const score = await scored(await afterRun());
    expect(score?.full).toMatchObject({ segments: 1, truth: { segments: 2, pairs: 2 } });
    expect(score?.full.segmentAveragePrecision).toBeCloseTo(0.5, 12);
    expect(score?.subset).toMatchObject({ segments: 1, truth: { segments: 1, pairs: 1 } });
    expect(score?.subset?.segmentAveragePrecision).toBeCloseTo(Math.SQRT1_2, 12);
  });

  it('takes an empty file, as official images leave it without code, for no matches', async () => {
    const score = await scored(await afterRun({ 'subset_matches.csv': '' }));
    expect(score?.subset).toMatchObject({ segments: 0, segmentAveragePrecision: 0 });
  });

  it('takes the seven columns in their order and nothing else', async () => {
    const turned = full.replace('query_id,ref_id', 'ref_id,query_id');
    const scoring = scored(await afterRun({ 'full_matches.csv': turned }));
    await expect(scoring).rejects.toThrow(SubmissionFailed);
    await expect(scoring).rejects.toThrow(/^full_matches\.csv, line 1: the columns/);
  });

  it('tells whose fault a ground truth is that can not be read', async () => {
    const files = await afterRun({ 'matching_ground_truth.csv': `${truthHeader}Q1,R1,0,x,0,1\n` });
    const scoring = scored(files);
    await expect(scoring).rejects.toThrow(EnvironmentError);
    await expect(scoring).rejects.toThrow(/matching_ground_truth\.csv, line 2, query_end/);
    const error = await scoring.catch((thrown) => thrown);
    expect(error.next).toEqual(['Mend that line, or fetch the file again.']);
  });
});

it('scores the queries of the subset alone against a ground truth of all', async () => {
  const { folder, archive } = await afterRun({ 'mine.csv': truth });
  const [mine, queries] = ['mine.csv', 'query_subset.csv'].map((name) => join(folder, name));
  const score = await scoreAgainst(segmentMetric, archive, mine ?? '', queries ?? '');
  expect(score.full.truth.segments).toBe(2);
  expect(score.subset?.truth.segments).toBe(1);
});

it('scores a file with its columns in any order, beside others', async () => {
  const text = 'note,score,ref_id,query_id,ref_start,ref_end,query_start,query_end\n';
  const folder = await folderWith({
    'mine.csv': `${text}x,1,R100002,Q100002,5,15,5,15\n`,
    'truth.csv': subsetTruth,
    'bad.csv': `${text}x,y,R100002,Q100002,5,15,5,15\n`,
  });
  const score = (name: string) =>
    scoreFile(segmentMetric, join(folder, name), join(folder, 'truth.csv'));
  expect((await score('mine.csv')).segmentAveragePrecision).toBe(1);
  await expect(score('bad.csv')).rejects.toThrow(UsageError);
});
