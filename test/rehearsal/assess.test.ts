import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { create } from 'tar';
import { describe, expect, it } from 'vitest';
import { requireData } from '../../src/dataset/require-data.ts';
import { writeRandomDescriptors } from '../../src/descriptors/random.ts';
import { packSubmission } from '../../src/packing/pack.ts';
import { projectAt } from '../../src/project.ts';
import { assess } from '../../src/rehearsal/assess.ts';
import type { Outcome } from '../../src/rehearsal/collect.ts';
import type { Prepared } from '../../src/rehearsal/prepared.ts';
import { assessmentLines } from '../../src/rehearsal/run-report.ts';
import { descriptorTrack } from '../../src/tracks/descriptor.ts';
import { folderWith } from '../support/folder.ts';
import { quiet, recorder } from '../support/recorder.ts';

const header = 'query_id,ref_id,score\n';
const metadata = 'video_id,duration_sec\n';

/** A project after a run whose `main.py` made exactly what was submitted. */
async function afterRun(files: Record<string, string> = {}) {
  const project = projectAt(
    await folderWith({
      'data/train/query_metadata.csv': metadata,
      'data/train/reference_metadata.csv': metadata,
      'data/train/query_subset.csv': 'video_id\nQ100002\n',
      'full_rankings.csv': `${header}Q100001,R100001,2\n`,
      'subset_rankings.csv': header,
      ...files,
    }),
  );
  const folder = join(project.root, 'submission_src');
  const set = join(folder, descriptorTrack.querySet);
  await mkdir(folder);
  await writeRandomDescriptors(set, new Map(['Q100001', 'Q100002'].map((id) => [id, 9])), {
    seed: 1,
  });
  const request = { folder, zip: project.zip, force: false, dryRun: false };
  await packSubmission(request, recorder().reporter, quiet);
  await create({ cwd: project.root, gzip: true, file: project.archive }, [
    'full_rankings.csv',
    'subset_rankings.csv',
  ]);
  await cp(set, join(project.submission, descriptorTrack.subsetSet));
  return project;
}

const assessed = async (project: ReturnType<typeof projectAt>) => {
  const data = await requireData(project, 'train');
  const prepared = { request: { project, track: descriptorTrack }, data } as Prepared;
  const assessment = await assess(prepared, {} as Outcome, quiet);
  return { ...assessment, lines: assessmentLines(assessment) };
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
});
