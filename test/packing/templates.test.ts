import { mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EnvironmentError } from '../../src/errors.ts';
import { hasFiles, prepareBenchmark, prepareQuickstart } from '../../src/packing/templates.ts';
import { projectAt } from '../../src/project.ts';
import { descriptorTrack } from '../../src/tracks/descriptor.ts';
import { matchingTrack } from '../../src/tracks/matching.ts';
import { folderWith } from '../support/folder.ts';
import { quiet, recorder } from '../support/recorder.ts';

const track = descriptorTrack;
const data = {
  'data/test/query_metadata.csv': 'video_id,duration_sec\nQ100001,2.5\n',
  'data/test/reference_metadata.csv': 'video_id,duration_sec\nR100001,3\n',
};

/** Makes the quickstart of a project with these files, from a package with a template. */
async function prepared(files: Record<string, string>) {
  const root = await folderWith({ ...data, ...files });
  const packageRoot = await folderWith({
    'submission_quickstart/main.py': 'template',
    'submission_quickstart/query_descriptors.npz': 'not to be copied',
  });
  const { reporter, events } = recorder();
  const request = { project: projectAt(root), packageRoot, track, dataset: 'test' };
  const make = () => prepareQuickstart(request, reporter, quiet);
  return { root, folder: join(root, 'submission_quickstart'), make, events };
}

describe('the quickstart', () => {
  const all = ['main.py', 'query_descriptors.npz', 'reference_descriptors.npz'];

  it('is made from the template where there is no folder', async () => {
    const { folder, make, events } = await prepared({});
    expect(await make()).toBe(folder);
    expect(await readdir(folder)).toEqual(all);
    expect(await readFile(join(folder, 'main.py'), 'utf8')).toBe('template');
    expect(events).toContainEqual({
      type: 'note',
      message: `Made ${folder} from the template.`,
    });
  });

  it.each([
    ['is empty', []],
    ['has what an earlier run left, and no main.py', ['query_descriptors.npz', 'README.md']],
  ])('gets its main.py where the folder %s', async (_, names) => {
    const { root, folder, make, events } = await prepared({});
    await mkdir(folder);
    for (const name of names) await symlink(join(root, 'nowhere'), join(folder, name));
    await make();
    expect(await readdir(folder)).toEqual([...new Set([...names, ...all])].sort());
    expect(await readFile(join(folder, 'main.py'), 'utf8')).toBe('template');
    expect(events).toContainEqual({
      type: 'note',
      message: `Put main.py into ${folder}, from the template.`,
    });
  });

  it('keeps a main.py of its own', async () => {
    const { folder, make, events } = await prepared({ 'submission_quickstart/main.py': 'mine' });
    await make();
    expect(await readFile(join(folder, 'main.py'), 'utf8')).toBe('mine');
    expect(events.filter(({ type }) => type === 'note')).toEqual([]);
  });

  it('of the matching track has random matches and a main.py of its own', async () => {
    const root = await folderWith(data);
    const request = {
      ...{ project: projectAt(root), packageRoot: process.cwd(), dataset: 'test' },
      track: matchingTrack,
    };
    const folder = await prepareQuickstart(request, recorder().reporter, quiet);
    expect(await readdir(folder)).toEqual(['full_matches.csv', 'main.py']);
    const shipped = await readFile('matching/submission_quickstart/main.py', 'utf8');
    expect(await readFile(join(folder, 'main.py'), 'utf8')).toBe(shipped);
    const [header, ...rows] = (await readFile(join(folder, 'full_matches.csv'), 'utf8')).split(
      '\n',
    );
    expect(header).toBe('query_id,ref_id,query_start,query_end,ref_start,ref_end,score');
    expect(rows[0]).toMatch(/^Q100001,R100001,/);
  });

  it('does not go on where another track has begun', async () => {
    const shipped = await readFile('matching/submission_quickstart/main.py', 'utf8');
    const root = await folderWith({ ...data, 'submission_quickstart/main.py': shipped });
    const request = {
      project: projectAt(root),
      packageRoot: process.cwd(),
      track,
      dataset: 'test',
    };
    const refused = prepareQuickstart(request, recorder().reporter, quiet);
    await expect(refused).rejects.toThrow('main.py is the template of another track');
    expect(await readdir(join(root, 'submission_quickstart'))).toEqual(['main.py']);
  });

  it('wants the metadata first', async () => {
    const root = await folderWith();
    const request = { project: projectAt(root), packageRoot: root, track, dataset: 'test' };
    const refused = prepareQuickstart(request, recorder().reporter, quiet);
    await expect(refused).rejects.toThrow(`There is no ${root}/data/test/query_metadata.csv.`);
    expect(await readdir(root)).toEqual([]);
  });
});

it('the benchmark of the matching track is laid over that of the other', async () => {
  const project = projectAt(await folderWith());
  const request = { project, packageRoot: process.cwd(), track: matchingTrack };
  const folder = await prepareBenchmark(request, recorder().reporter);
  const names = await readdir(folder);
  expect(names).toEqual(expect.arrayContaining(['describing.py', 'main.py', 'segments.py']));
  const shipped = await readFile('matching/submission_benchmark/main.py', 'utf8');
  expect(await readFile(join(folder, 'main.py'), 'utf8')).toBe(shipped);
  expect(await hasFiles(folder, ['main.py', 'segments.py'])).toBe(true);
  expect(await hasFiles(folder, ['main.py', 'full_matches.csv'])).toBe(false);
});

it('a template that does not ship is told', async () => {
  const project = projectAt(await folderWith());
  const { reporter } = recorder();
  const refused = prepareBenchmark({ project, packageRoot: await folderWith(), track }, reporter);
  await expect(refused).rejects.toThrow(EnvironmentError);
  await expect(refused).rejects.toThrow(
    `There is no folder ${join(project.root, 'submission_benchmark')}.`,
  );
});
