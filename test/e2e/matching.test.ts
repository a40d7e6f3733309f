import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { descriptorTrack } from '../../src/tracks/descriptor.ts';
import { archivedFile, archivedNames } from '../support/archive.ts';
import { ids, preparedProject, run, subsetQueries } from '../support/cli.ts';
import { folderWith } from '../support/folder.ts';

const matching = '--track matching --dataset test';
const testing = `test-submission ${matching} --block-internet`;
const header = 'query_id,ref_id,query_start,query_end,ref_start,ref_end,score\n';
const truthHeader = 'query_id,ref_id,query_start,query_end,ref_start,ref_end\n';

const inSubmission = (project: string, name: string) => join(project, 'submission', name);
const archived = async (project: string, name: string) =>
  (await archivedFile(inSubmission(project, 'submission.tar.gz'), name)).toString();

/** Packs these full matches with code that writes those of the subset. */
async function packed(project: string, full: string, mainPy: string) {
  await mkdir(join(project, 'submission_src'), { recursive: true });
  await writeFile(join(project, 'submission_src/main.py'), mainPy);
  await writeFile(join(project, 'submission_src/full_matches.csv'), full);
  return run(project, `pack-submission --force ${matching}`);
}
const writing = (text: string) =>
  `open('/code_execution/subset_matches.csv', 'w').write(${JSON.stringify(text)})\n`;

describe('the quickstart of the matching track', () => {
  it('packs, is valid, runs, and leaves both files as they were made', async () => {
    const project = await preparedProject();
    const pack = await run(project, `pack-quickstart ${matching}`);
    expect(pack).toMatchObject({ exitCode: 0 });
    const full = await readFile(join(project, 'submission_quickstart/full_matches.csv'), 'utf8');
    expect(full.startsWith(header)).toBe(true);
    const validated = await run(project, `validate ${matching}`);
    expect(validated.stdout).toMatch(/full_matches\.csv: \d+ segments of \d+ pairs\n$/);
    const tested = await run(project, testing);
    expect(tested).toMatchObject({ exitCode: 0 });
    expect(tested.stdout).toMatch(/matches +\d+ full, \d+ subset/);
    expect(tested.stdout).toContain('seconds per query');
    expect(await archived(project, 'full_matches.csv')).toBe(full);
    const subset = await archived(project, 'subset_matches.csv');
    expect(subset).toBe(await readFile(inSubmission(project, 'subset_matches.csv'), 'utf8'));
    const names = await archivedNames(inSubmission(project, 'submission.tar.gz'));
    expect(names).toEqual(['subset_matches.csv', 'full_matches.csv']);
    const verified = await run(project, 'verify');
    expect(verified).toMatchObject({ exitCode: 0 });
    expect(verified.stdout).toContain('full_matches.csv in the archive');
  });

  it("is not taken for the other track's", async () => {
    const project = await preparedProject();
    expect(await run(project, 'pack-quickstart --dataset test')).toMatchObject({ exitCode: 0 });
    const other = await run(project, `pack-quickstart --force ${matching}`);
    expect(other.exitCode).toBe(3);
    expect(other.stderr).toContain(
      'submission_quickstart/main.py is the template of another track',
    );
    expect(other.stderr).toContain('init --track matching');
  });
});

describe('a run of the matching track', () => {
  const full = `${header}Q100003,R100001,0,5,1,6,0.5\nQ100012,R100002,0,10,0,10,0.25\nQ100001,R100009,1,2,3,4,1\n`;
  const made = `${header}Q100003,R100001,0,5,1,6,0.5\r\nQ100012,R100002,0,10,0,10,0.25`;

  it('is scored, compared and shown where there is a ground truth', async () => {
    const project = await preparedProject();
    const truth = `${truthHeader}Q100003,R100001,0,5,1,6\nQ100012,R100002,0,10,0,10\n`;
    await writeFile(join(project, 'data/test/matching_ground_truth.csv'), truth);
    await writeFile(join(project, 'data/test/subset_matching_ground_truth.csv'), truth);
    expect(await packed(project, full, writing(made))).toMatchObject({ exitCode: 0 });
    const tested = await run(project, `${testing} --json`);
    expect(tested.exitCode).toBe(0);
    const result = JSON.parse(tested.stdout);
    expect(result).toMatchObject({
      ok: true,
      fullMatches: 3,
      subsetMatches: 2,
      subsetQueries,
      reproduction: { verdict: 'reproduces' },
    });
    expect(result).not.toHaveProperty('fullPairs');
    expect(result.score.subset.segmentAveragePrecision).toBe(1);
    expect(result.score.full.segmentAveragePrecision).toBeGreaterThan(0.8);
    expect(result.score.full.segmentAveragePrecision).toBeLessThan(1);
    expect(await archived(project, 'subset_matches.csv')).toBe(made);
    const scored = await run(project, `score ${matching}`);
    expect(scored.stdout).toContain('segment AP');
    const shown = JSON.parse(await readFile(inSubmission(project, 'report.json'), 'utf8'));
    expect(shown.matchScore).toEqual(result.score);
    expect(shown.matchReproduction).toEqual(result.reproduction);
    expect(shown.counts).toMatchObject({ fullMatches: 3, subsetMatches: 2 });
    const page = await readFile(inSubmission(project, 'report.html'), 'utf8');
    expect(page).toContain('matching track');
    expect(page).toContain('R100009');
    await rm(inSubmission(project, 'report.html'));
    expect(await run(project, 'report')).toMatchObject({ exitCode: 0 });
    expect(await readFile(inSubmission(project, 'report.html'), 'utf8')).toBe(page);

    // The same as one of many.
    const folder = join(project, 'subs');
    await cp(inSubmission(project, 'submission.zip'), join(folder, 'mine.zip'));
    const batch = await run(project, `batch subs ${matching} --block-internet --json`);
    expect(JSON.parse(batch.stdout).submissions).toMatchObject([
      {
        rank: 1,
        verdict: 'runs',
        score: result.score.full.segmentAveragePrecision,
        subsetScore: 1,
        reproduction: 'reproduces',
      },
    ]);
    const csv = await readFile(join(project, 'batch/subs-test-matching/results.csv'), 'utf8');
    expect(csv).toContain(',cause,segment_average_precision,subset_segment_average_precision,');
  });

  it('says that the code makes other matches than were submitted', async () => {
    const project = await preparedProject();
    const others = `${header}Q100003,R100007,2,9,0,7,0.5\n`;
    expect(await packed(project, full, writing(others))).toMatchObject({ exitCode: 0 });
    const tested = await run(project, testing);
    expect(tested.exitCode).toBe(0);
    expect(tested.stdout).toContain('main.py does not make the submitted matches');
  });

  it.each([
    ['of a query that is not in the subset', 'Q100001,R100001,0,1,0,1,1\n', 'unknown-video'],
    ['that ends before it begins', 'Q100003,R100001,0,1,5,1,1\n', 'reversed-segment'],
  ])('fails for a segment %s, which main.py wrote', async (_, row, rule) => {
    const project = await preparedProject();
    expect(await packed(project, full, writing(header + row))).toMatchObject({ exitCode: 0 });
    const tested = await run(project, testing);
    expect(tested.exitCode).toBe(1);
    expect(tested.stderr).toContain(rule);
    expect(tested.stderr).toContain('subset_matches.csv');
  });

  it('is not begun with matches that the organisers would refuse', async () => {
    const project = await preparedProject();
    const late = full.replace('1,2,3,4,1', '1,2,3,,1');
    const pack = await packed(project, late, writing(made));
    expect(pack.exitCode).toBe(4);
    expect(pack.stderr).toContain('missing-value');
    expect(pack.stderr).toContain('line 4, ref_end');
    const tested = await run(project, testing);
    expect(tested).toMatchObject({ exitCode: 4 });
    expect(tested.stderr).not.toContain('Unpacked');
  });

  it('takes the full matches as submitted, whatever main.py makes of them', async () => {
    const project = await preparedProject();
    const code = `${writing(made)}open('/code_execution/full_matches.csv', 'w').write('')\n`;
    expect(await packed(project, full, code)).toMatchObject({ exitCode: 0 });
    expect(await run(project, testing)).toMatchObject({ exitCode: 0 });
    expect(await archived(project, 'full_matches.csv')).toBe(full);
  });

  it('without code has the header alone for the subset', async () => {
    const project = await preparedProject();
    expect(await packed(project, full, '')).toMatchObject({ exitCode: 0 });
    await rm(join(project, 'submission_src/main.py'));
    const pack = await run(project, `pack-submission --force ${matching}`);
    expect(pack).toMatchObject({ exitCode: 0 });
    expect(pack.stderr).toContain('only the full matches count');
    const tested = await run(project, testing);
    expect(tested).toMatchObject({ exitCode: 0 });
    expect(tested.stdout).toContain('there is no main.py');
    expect(await archived(project, 'subset_matches.csv')).toBe(header);
  });
});

/** Draws matches as the organisers' quickstart does, of whatever query; pandas' draws have a seed here. */
const organisersQuickstart = `
import numpy as np
import pandas as pd

random = np.random.RandomState(42)
np.random.seed(1)
queries = pd.read_csv("/data/query_metadata.csv")
references = pd.read_csv("/data/reference_metadata.csv")
rows = []
for _ in range(len(queries)):
    if random.uniform() < 0.5:
        continue
    query, reference = queries.sample(1).iloc[0], references.sample(1).iloc[0]
    (a, b), (c, d) = (sorted(random.uniform(size=2) * each.duration_sec) for each in (query, reference))
    rows.append((query.video_id, reference.video_id, a, b, c, d, random.uniform()))
columns = ["query_id", "ref_id", "query_start", "query_end", "ref_start", "ref_end", "score"]
pd.DataFrame(rows, columns=columns).to_csv("/code_execution/subset_matches.csv", index=False)
`;

it("leaves the files that the organisers' script leaves, byte for byte", async () => {
  const project = await preparedProject();
  const all = ids('Q', 30); // that quickstart minds no subset, so here it is all of them
  await writeFile(join(project, 'data/test/query_subset.csv'), `video_id\n${all.join('\n')}\n`);
  const full = `${header}Q100003,R100001,0.0,5.25,1.5,6.123456789012345,0.5\n`;
  expect(await packed(project, full, organisersQuickstart)).toMatchObject({ exitCode: 0 });
  const steps = [
    'cd /code_execution',
    'python3 -m zipfile -e submission/submission.zip .',
    'python3 main.py',
    'tar -czf /tmp/submission.tar.gz subset_matches.csv full_matches.csv',
    'tar -xzOf /tmp/submission.tar.gz',
  ].join(' && ');
  const mounts = ['data/test:/data:ro', 'submission:/code_execution/submission:ro'];
  const volumes = mounts.flatMap((mount) => ['-v', `${join(project, mount)}`]);
  const image = process.env.SUBMISSION_IMAGE ?? `${descriptorTrack.localRepository}:slim-local`;
  const own = [
    'run',
    '--rm',
    '--network=none',
    ...volumes,
    '--entrypoint=bash',
    image,
    '-c',
    steps,
  ];
  const theirs = await execa('docker', own, { stripFinalNewline: false });
  expect(await run(project, testing)).toMatchObject({ exitCode: 0 });
  const names = ['subset_matches.csv', 'full_matches.csv'];
  const ours = (await Promise.all(names.map((name) => archived(project, name)))).join('');
  expect(ours).toBe(theirs.stdout);
  expect(ours.split('\n').length).toBeGreaterThan(8);
});

it('scores any CSV against any ground truth, without a run', async () => {
  const folder = await folderWith({
    'mine.csv': 'score,ref_id,query_id,ref_start,ref_end,query_start,query_end\n1,R7,Q5,0,4,2,6\n',
    'truth.csv': `${truthHeader}Q5,R7,2,6,0,4\n`,
    'rankings.csv': 'query_id,ref_id,score\nQ100001,R100001,1\n',
  });
  const scored = await run(folder, 'score --matches mine.csv --ground-truth truth.csv --json');
  expect(JSON.parse(scored.stdout)).toMatchObject({
    matches: join(folder, 'mine.csv'),
    score: { full: { segmentAveragePrecision: 1, microAveragePrecision: 1 } },
  });
  const wrong = await run(folder, 'score --matches rankings.csv --ground-truth truth.csv');
  expect(wrong.exitCode).toBe(2);
  expect(wrong.stderr).toContain('rankings.csv, line 1');
  const both = await run(folder, 'score --matches mine.csv --rankings rankings.csv');
  expect(both.exitCode).toBe(2);
  expect(both.stderr).toContain('--rankings and --matches contradict each other');
});
