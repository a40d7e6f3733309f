import { create } from 'tar';
import { describe, expect, it } from 'vitest';
import { requireData } from '../../src/dataset/require-data.ts';
import { projectAt } from '../../src/project.ts';
import { assess } from '../../src/rehearsal/assess.ts';
import type { Outcome } from '../../src/rehearsal/collect.ts';
import type { Prepared } from '../../src/rehearsal/prepared.ts';
import { assessmentLines } from '../../src/rehearsal/run-report.ts';
import type { RuntimeReport } from '../../src/rehearsal/runtime-report.ts';
import { descriptorTrack } from '../../src/tracks/descriptor.ts';
import { folderWith } from '../support/folder.ts';
import { quiet } from '../support/recorder.ts';

const header = 'query_id,ref_id,score\n';
const metadata = 'video_id,duration_sec\n';

/** A project after a run. */
async function afterRun(files: Record<string, string> = {}) {
  const project = projectAt(
    await folderWith({
      'data/train/query_metadata.csv': metadata,
      'data/train/reference_metadata.csv': metadata,
      'data/train/query_subset.csv': 'video_id\nQ100002\n',
      'full_rankings.csv': `${header}Q100001,R100001,2\n`,
      'subset_rankings.csv': header,
      'submission/submission.zip': '',
      ...files,
    }),
  );
  await create({ cwd: project.root, gzip: true, file: project.archive }, [
    'full_rankings.csv',
    'subset_rankings.csv',
  ]);
  return project;
}

const compared: RuntimeReport['reproduction'] = {
  videos: { both: 1, onlySubmitted: 0, onlyMade: 0 },
  vectors: { submitted: 9, made: 9, matched: 9 },
  dimensions: { submitted: 8, made: 8 },
  cosine: { mean: 1, min: 1 },
  lengthRatio: { min: 1, max: 1 },
  maxTimeDifference: 0,
  worstVideos: [],
};

const assessed = async (
  project: ReturnType<typeof projectAt>,
  reproduction: RuntimeReport['reproduction'] | null = compared,
  trusts: readonly string[] = ['until-main', 'all'],
) => {
  const data = await requireData(project, 'train');
  const stages = trusts.map((trust) => ({ trust }));
  const work = { archive: project.archive };
  const prepared = { request: { project, track: descriptorTrack }, data, stages, work };
  const report = { stages: [], counts: {}, ...(reproduction && { reproduction }) };
  const outcome = { facts: { report } } as unknown as Outcome;
  const assessment = await assess(prepared as unknown as Prepared, outcome, quiet);
  const score = assessment.score?.data ?? null;
  const lines = assessmentLines(assessment);
  return { score, reproduction: assessment.reproduction.data, lines };
};

describe('assess', () => {
  it('scores and compares, each in lines of its own', async () => {
    const project = await afterRun({
      'data/train/ground_truth.csv': 'query_id,ref_id\nQ100001,R100001\n',
    });
    const { score, reproduction, lines } = await assessed(project);
    expect(score).toMatchObject({ full: { microAveragePrecision: 1 } });
    expect(reproduction).toMatchObject({ verdict: 'reproduces', videos: { both: 1 } });
    expect(lines.join('\n')).toMatch(/µAP +1\.0000[\s\S]*main\.py reproduces .* of 1 video\)/);
  });

  it('has no score without a ground truth', async () => {
    const { score, lines } = await assessed(await afterRun());
    expect(score).toBeNull();
    expect(lines.join('\n')).not.toContain('µAP');
  });

  it.each([
    [
      'the runtime says why not',
      { verdict: 'not compared', why: 'no times' } as const,
      2,
      'no times',
    ],
    ['there is no code', null, 1, 'there is no main.py'],
  ])('tells why nothing was compared: %s', async (_, told, stages, why) => {
    const project = await afterRun();
    const trusts = ['until-main', 'all'].slice(-stages);
    const { reproduction, lines } = await assessed(project, told ?? null, trusts);
    expect(reproduction).toEqual({ verdict: 'not compared', why });
    expect(lines.at(-1)).toContain(why);
  });

  it('an official image does not compare', async () => {
    const { reproduction } = await assessed(await afterRun(), null, ['nothing']);
    expect(reproduction).toEqual({ verdict: 'not compared', why: 'the image does not compare' });
  });
});
