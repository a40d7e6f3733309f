import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EnvironmentError, type Finding, InvalidSubmission } from '../../src/errors.ts';
import {
  type Inspection,
  inspectSubmission,
  knownFacts,
  missingMetadata,
  rejection,
  submissionNumbers,
  warningsOf,
} from '../../src/preflight/inspect.ts';
import { type Project, projectAt, withData } from '../../src/project.ts';
import { descriptorTrack } from '../../src/tracks/descriptor.ts';
import { floatsNpy, idsNpy, makeSet, makeZip } from '../descriptors/support.ts';
import { folderWith } from '../support/folder.ts';

const metadata = (letter: string) => `video_id,duration_sec\n${letter}100001,2\n`;
const main = { name: 'main.py', data: Buffer.from('print()') };
const sets = [
  { name: 'query_descriptors.npz', data: makeSet(['Q100001', 'Q100001'], { deflate: true }) },
  { name: 'reference_descriptors.npz', data: makeSet(['R100001']) },
];
const { signal } = new AbortController();

/** A project with these files, and a zip of it with these entries. */
async function projectWith(files: Readonly<Record<string, string>>, entries = [main, ...sets]) {
  const project = projectAt(await folderWith(files));
  const zip = join(project.root, 'x.zip');
  await writeFile(zip, makeZip(entries));
  return { project, zip };
}
const request = (project: Project) => ({
  project,
  track: descriptorTrack,
  dataset: 'test',
  phase2: false,
  scanFinite: true,
});

describe('a submission that is looked at', () => {
  it.each([
    ['data/test/query_metadata.csv', 'data/test/reference_metadata.csv'],
    ['competition_data/test/query_metadata.csv', 'competition_data/test/reference_metadata.csv'],
    ['competition_data/test/test_query_metadata.csv', 'data/test/reference_metadata.csv'],
  ])('is held to %s and %s', async (queries, references) => {
    const files = { [queries]: metadata('Q'), [references]: metadata('R') };
    const { project, zip } = await projectWith(files);
    expect(await inspectSubmission(zip, request(project), signal)).toEqual({
      path: zip,
      dataset: 'test',
      findings: [],
      missing: [],
    });
    const facts = await knownFacts(request(project));
    expect([...facts.queryDurations]).toEqual([['Q100001', 2]]);
    expect(facts.freeBytes).toBeGreaterThan(1e7);
  });

  it('is held to the rest where metadata are missing, and these are named', async () => {
    const { project, zip } = await projectWith({ 'data/test/query_metadata.csv': metadata('Q') });
    const inspection = await inspectSubmission(zip, request(project), signal);
    expect(inspection.findings).toEqual([]);
    const error = missingMetadata(inspection, descriptorTrack);
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error?.message).toBe(
      'Nothing wrong was found, but the reference metadata of test are missing: the number of vectors and the video ids could not be checked.',
    );
    const name = 'reference_metadata.csv';
    const places = [
      join(project.root, 'data/test', name),
      join(project.root, 'competition_data/test', name),
      join(project.root, 'competition_data/test', `test_${name}`),
    ];
    expect(error?.next).toEqual([`Put it at one of ${places.join(', ')}.`]);
    const missing = [...inspection.missing, { kind: 'query', places } as const];
    expect(missingMetadata({ ...inspection, missing }, descriptorTrack)?.message).toContain(
      'the reference and query metadata of test',
    );
    expect(missingMetadata({ ...inspection, missing: [] }, descriptorTrack)).toBeUndefined();
  });
});

it('a submission that the system does not let be seen is told with why', async () => {
  const { project } = await projectWith({});
  const path = join(project.root, 'x'.repeat(300));
  const inspecting = inspectSubmission(path, request(project), signal);
  await expect(inspecting).rejects.toThrow(
    `Could not check ${path}: the path is too long (ENAMETOOLONG).`,
  );
});

describe('what is found', () => {
  const finding = (severity: Finding['severity'], rule: string): Finding => {
    return { severity, rule, file: 'x', message: 'y' };
  };
  const inspection = (...findings: Finding[]): Inspection => {
    return { path: '/x.zip', dataset: 'test', findings, missing: [] };
  };
  const warning = finding('warning', 'main-missing');

  it('rejects a submission for its errors, and for nothing else', () => {
    expect(rejection(inspection(warning), 'It', {})).toBeUndefined();
    const found = inspection(warning, finding('error', 'nan'), finding('error', 'symlink'));
    const fault = rejection(found, '/x.zip', { findings: 3 });
    expect(fault).toBeInstanceOf(InvalidSubmission);
    expect(fault).toMatchObject({
      message: '/x.zip would not be accepted:',
      findings: [{ rule: 'nan' }, { rule: 'symlink' }],
      next: [],
      data: { findings: 3 },
    });
    expect(warningsOf(found)).toEqual([warning]);
  });

  it('may come of the wrong dataset: that is said where ids are unknown', () => {
    const found = inspection(finding('error', 'nan'), finding('error', 'unknown-video'));
    expect(rejection(found, 'It', {})?.next).toEqual([
      'This was checked for test; for other data: --dataset NAME.',
    ]);
  });
});

describe('the numbers of a submission', () => {
  it('are those of its sets', async () => {
    const { zip } = await projectWith({});
    expect(await submissionNumbers(zip, descriptorTrack.submission, signal)).toEqual([
      {
        file: 'query_descriptors.npz',
        text: '2 vectors of 2 dimensions, 1 videos',
        numbers: { vectors: 2, dimensions: 2, videos: 1 },
      },
      {
        file: 'reference_descriptors.npz',
        text: '1 vectors of 2 dimensions, 1 videos',
        numbers: { vectors: 1, dimensions: 2, videos: 1 },
      },
    ]);
  });

  it('are those of its sets, whichever array comes first', async () => {
    const features = { name: 'features.npy', data: floatsNpy([[1], [2], [3]]) };
    const ids = { name: 'video_ids.npy', data: idsNpy(['Q100001', 'Q100001', 'Q100002']) };
    const data = makeZip([features, ids]);
    const { zip } = await projectWith({}, [main, { name: 'query_descriptors.npz', data }]);
    expect(await submissionNumbers(zip, descriptorTrack.submission, signal)).toMatchObject([
      { file: 'query_descriptors.npz', numbers: { vectors: 3, dimensions: 1, videos: 2 } },
    ]);
  });

  it('are not read on when that is interrupted', async () => {
    const { zip } = await projectWith({});
    const aborted = AbortSignal.abort(new Error('enough'));
    await expect(submissionNumbers(zip, descriptorTrack.submission, aborted)).rejects.toThrow(
      'enough',
    );
  });

  it('are left out of what is missing or damaged', async () => {
    const { zip } = await projectWith({}, [main, ...sets.slice(1)]);
    expect(await submissionNumbers(zip, descriptorTrack.submission, signal)).toMatchObject([
      { file: 'reference_descriptors.npz' },
    ]);
    const noSet = { name: 'query_descriptors.npz', data: Buffer.from('PK\x03\x04 and no more') };
    const { zip: damaged } = await projectWith({}, [main, noSet]);
    expect(await submissionNumbers(damaged, descriptorTrack.submission, signal)).toEqual([]);
    const gone = submissionNumbers(`${damaged}.gone`, descriptorTrack.submission, signal);
    await expect(gone).rejects.toThrow(EnvironmentError);
  });
});

describe('data that were named', () => {
  it('are what a submission is held against, and nothing else is', async () => {
    const { project, zip } = await projectWith({
      'named/query_metadata.csv': metadata('Q').replace('2\n', '1\n'),
      'data/test/query_metadata.csv': metadata('Q'),
      'data/test/reference_metadata.csv': metadata('R'),
    });
    const named = request(withData(project, 'test', join(project.root, 'named')));
    const inspection = await inspectSubmission(zip, named, signal);
    expect(inspection.findings).toMatchObject([{ rule: 'too-many-vectors' }]);
    expect(inspection.missing).toEqual([
      { kind: 'reference', places: [join(project.root, 'named/reference_metadata.csv')] },
    ]);
    expect((await inspectSubmission(zip, request(project), signal)).findings).toEqual([]);
  });
});
