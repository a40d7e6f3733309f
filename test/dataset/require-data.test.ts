import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { requireData } from '../../src/dataset/require-data.ts';
import { EnvironmentError } from '../../src/errors.ts';
import { type Project, withData } from '../../src/project.ts';
import { oddities, placeOddity, specialFiles } from '../support/oddities.ts';
import { failure, metadataCsv, queryIds, temporaryFolder, temporaryProject } from './support.ts';

async function prepared(dataset: string): Promise<{ project: Project; folder: string }> {
  const project = await temporaryProject();
  const folder = join(project.data, dataset);
  await mkdir(join(folder, 'query'), { recursive: true });
  await writeFile(join(folder, 'query_metadata.csv'), metadataCsv(queryIds(9)));
  await writeFile(join(folder, 'reference_metadata.csv'), metadataCsv(['R100001']));
  await writeFile(join(folder, 'query_subset.csv'), 'video_id\nQ100002\nQ100005\n');
  for (const id of ['Q100002', 'Q100005']) await writeFile(join(folder, 'query', `${id}.mp4`), id);
  return { project, folder };
}

it('hands over the paths and the subset', async () => {
  const { project, folder } = await prepared('test');
  const data = await requireData(project, 'test');
  expect(data.subset).toEqual(['Q100002', 'Q100005']);
  expect(data.files.queryMetadata).toBe(join(folder, 'query_metadata.csv'));
});

it('names the command that makes the data', async () => {
  const project = await temporaryProject();
  const error = await failure(requireData(project, 'train'));
  expect(error).toBeInstanceOf(EnvironmentError);
  expect(error.message).toContain(join(project.data, 'train'));
  expect(error.next[0]).toContain('"vsc data-subset"');
  expect(error.next[1]).toContain(join(project.competitionData, 'train'));
  const other = await failure(requireData(project, 'phase2'));
  expect(other.next[0]).toContain('"DATASET=phase2 vsc data-subset"');
});

it('takes a folder that was named in place of the dataset, and says which form it has to have', async () => {
  const { project, folder } = await prepared('test');
  const named = withData(project, 'train', folder);
  expect((await requireData(named, 'train')).files.folder).toBe(folder);
  await rm(join(folder, 'query_subset.csv'));
  const { message, next } = await failure(requireData(named, 'train'));
  expect(message).toContain(join(folder, 'query_subset.csv'));
  expect(next[0]).toContain('query_subset.csv and query/');
  expect(next[1]).toContain('"vsc data-subset" makes data/train');
  const other = await failure(requireData(named, 'phase2'));
  expect(other.message).toContain(join(project.data, 'phase2'));
});

it('does not send a user after data that are there', async () => {
  const project = await temporaryProject();
  await mkdir(join(project.competitionData, 'train'), { recursive: true });
  expect((await failure(requireData(project, 'train'))).next).toHaveLength(1);
});

it.each(['query_metadata.csv', 'reference_metadata.csv', 'query_subset.csv'])(
  'misses %s',
  async (name) => {
    const { project, folder } = await prepared('train');
    await rm(join(folder, name), { recursive: true });
    const { message, next } = await failure(requireData(project, 'train'));
    expect(message).toContain(join(folder, name));
    expect(next[0]).toContain('vsc data-subset');
  },
);

it('tells which videos of the subset are absent', async () => {
  const { project, folder } = await prepared('train');
  expect((await requireData(project, 'train')).absent).toEqual([]);
  await rm(join(folder, 'query', 'Q100005.mp4'));
  expect((await requireData(project, 'train')).absent).toEqual(['Q100005']);
  await rm(join(folder, 'query'), { recursive: true });
  expect((await requireData(project, 'train')).absent).toEqual(['Q100002', 'Q100005']);
});

it('takes a symlinked data folder, and symlinks that stay inside', async () => {
  const { project, folder } = await prepared('train');
  const elsewhere = join(await temporaryFolder(), 'disk');
  await rename(folder, elsewhere);
  await symlink(elsewhere, folder);
  await rename(join(elsewhere, 'query', 'Q100005.mp4'), join(elsewhere, 'query', 'film'));
  await symlink('film', join(elsewhere, 'query', 'Q100005.mp4'));
  expect((await requireData(project, 'train')).subset).toHaveLength(2);
});

it.each(['query/Q100005.mp4', 'query', 'query_subset.csv'])(
  'refuses a symlink out of the folder for %s, which the container could not follow',
  async (name) => {
    const { project, folder } = await prepared('train');
    const elsewhere = join(await temporaryFolder(), 'moved');
    await rename(join(folder, name), elsewhere);
    await symlink(elsewhere, join(folder, name));
    const { message } = await failure(requireData(project, 'train'));
    expect(message).toContain(`${name}: a symlink to "${elsewhere.slice(0, 40)}`);
    expect(message).toContain('which leads out of the folder');
  },
);

describe('what a container is not given', () => {
  const refused = async (fill: (folder: string) => Promise<unknown>) => {
    const { project, folder } = await prepared('train');
    await fill(folder);
    const error = await failure(requireData(project, 'train'));
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error.next[0]).toContain('"vsc data-subset"');
    expect(error.next.at(-1)).toBe(
      'Or put the files themselves in the place of the links, and take the rest away.',
    );
    const [head, ...faults] = error.message.split('\n');
    expect(head).toBe(`These are in ${folder}, and a container can't be given them:`);
    return faults.map((line) => line.trim());
  };

  it.each([
    ['to a folder of this machine', '/etc', 'leads out of the folder'],
    ['to itself by its absolute path', '/data/train/query', 'leads out of the folder'],
    ['to what is around it', '../../secret', 'leads out of the folder'],
    ['out and in again', '../../train/query_subset.csv', 'leads out of the folder'],
    ['to nothing', 'nowhere', 'is not there'],
    ['through a file', '../query_subset.csv/x', 'is not there'],
    ['through a file and back', '../query_subset.csv/..', 'is not there'],
    ['to itself', 'extra', 'leads in a circle'],
  ])('a symlink %s', async (_, target, fault) => {
    expect(await refused((folder) => symlink(target, join(folder, 'query/extra')))).toEqual([
      `query/extra: a symlink to "${target}", which ${fault}`,
    ]);
  });

  it('a symlink that leads out by way of another', async () => {
    const faults = await refused(async (folder) => {
      await symlink('out/secret', join(folder, 'query/by-way'));
      await symlink('../..', join(folder, 'query/out'));
    });
    expect(faults).toEqual([
      'query/by-way: a symlink to "out/secret", which leads out of the folder',
      'query/out: a symlink to "../..", which leads out of the folder',
    ]);
  });

  it.each(specialFiles)('%s', async (what) => {
    for (const name of ['query/Q100005.mp4', 'query_subset.csv', 'extra']) {
      const faults = await refused((folder) => placeOddity(what, join(folder, name)));
      expect(faults).toEqual([`${name}: ${what}`]);
    }
  });

  it('names the first five and the number of the others', async () => {
    const faults = await refused(async (folder) => {
      for (const name of 'abcdefg') await symlink('/etc', join(folder, name));
    });
    expect(faults).toHaveLength(6);
    expect(faults[5]).toBe('and 2 more');
  });

  it('is told of symlinks that stay inside from those that do not', async () => {
    const { project, folder } = await prepared('train');
    await symlink('Q100002.mp4', join(folder, 'query/again'));
    await symlink('again', join(folder, 'query/and-again'));
    await symlink('query/../query', join(folder, 'queries'));
    await symlink('../queries/and-again', join(folder, 'query/roundabout'));
    await symlink('.', join(folder, 'query/here'));
    await symlink('query//again/', join(folder, 'spelled-otherwise'));
    expect((await requireData(project, 'train')).subset).toHaveLength(2);
  });

  it('a symlink that takes more than the 40 steps that Linux goes', async () => {
    const chain = async (folder: string, length: number) => {
      await symlink('query_subset.csv', join(folder, 'link-1'));
      for (let at = 2; at <= length; at += 1) {
        await symlink(`link-${at - 1}`, join(folder, `link-${at}`));
      }
    };
    const { project, folder } = await prepared('test');
    await chain(folder, 40);
    expect((await requireData(project, 'test')).subset).toHaveLength(2);
    expect(await refused((other) => chain(other, 41))).toEqual([
      'link-41: a symlink to "link-40", which leads in a circle',
    ]);
  });
});

it.each(oddities)('says so of %s in the place of a table', async (what) => {
  const { project, folder } = await prepared('train');
  await placeOddity(what, join(folder, 'query_metadata.csv'));
  expect((await failure(requireData(project, 'train'))).message).toContain(what);
});

it('says so of a file in the place of the folder', async () => {
  const project = await temporaryProject();
  await mkdir(project.data);
  await writeFile(join(project.data, 'train'), '');
  const { message } = await failure(requireData(project, 'train'));
  expect(message).toBe(`${join(project.data, 'train')} is a file, where a folder should be.`);
});

it('stops when it is interrupted', async () => {
  const { project } = await prepared('train');
  const reason = new Error('stop');
  await expect(requireData(project, 'train', AbortSignal.abort(reason))).rejects.toBe(reason);
});
