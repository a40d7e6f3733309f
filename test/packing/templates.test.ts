import { mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EnvironmentError } from '../../src/errors.ts';
import { prepareBenchmark, prepareQuickstart } from '../../src/packing/templates.ts';
import { projectAt } from '../../src/project.ts';
import { descriptorTrack } from '../../src/tracks/descriptor.ts';
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

  it('wants the metadata first', async () => {
    const root = await folderWith();
    const request = { project: projectAt(root), packageRoot: root, track, dataset: 'test' };
    const refused = prepareQuickstart(request, recorder().reporter, quiet);
    await expect(refused).rejects.toThrow(`There is no ${root}/data/test/query_metadata.csv.`);
    expect(await readdir(root)).toEqual([]);
  });
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
