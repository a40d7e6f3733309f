import { existsSync, statSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { requireData } from '../../src/dataset/require-data.ts';
import { makeSubset, type SubsetRequest } from '../../src/dataset/subset.ts';
import { truePairs, trueSegments } from '../../src/dataset/truths.ts';
import { EnvironmentError, Interrupted } from '../../src/errors.ts';
import { formatBytes } from '../../src/progress/format.ts';
import type { Project } from '../../src/project.ts';
import { mp4 } from '../support/mp4.ts';
import { notUtf8, placeOddity, specialFiles } from '../support/oddities.ts';
import {
  contents,
  type FakeData,
  failure,
  fillCompetitionData,
  film,
  filmBytes,
  listening,
  queryIds,
  temporaryFolder,
  temporaryProject,
} from './support.ts';

const tenOf99 = [1, 11, 19, 41, 43, 63, 65, 85, 96, 98].map((n) => `Q${100000 + n}`);

async function filledProject(data: FakeData = {}, dataset = 'train'): Promise<Project> {
  const project = await temporaryProject();
  await fillCompetitionData(join(project.competitionData, dataset), data);
  return project;
}

function making(project: Project, request: Partial<SubsetRequest> = {}, heard = listening()) {
  const { signal } = new AbortController();
  const whole = { project, dataset: 'train', truth: truePairs, proportion: 0.1, ...request };
  return makeSubset(whole, { report: heard.report, signal });
}

/** Makes a first subset, to be found again unharmed. */
async function withOldSubset(): Promise<{ project: Project; old: Record<string, string> }> {
  const project = await filledProject();
  await making(project, { proportion: 0.05 });
  return { project, old: await contents(join(project.data, 'train')) };
}

describe('a subset of train', () => {
  it('has exactly the form of the real execution', async () => {
    const project = await filledProject({ queries: 99 });
    const heard = listening();
    const result = await making(project, {}, heard);
    const folder = join(project.data, 'train');
    const source = await contents(join(project.competitionData, 'train'));
    const truth = tenOf99.map((id) => `${id},R100001,"0,5",4\n${id},R100001,5,8\n`).join('');
    expect(await contents(folder)).toEqual({
      'query_metadata.csv': source['query_metadata.csv'],
      'reference_metadata.csv': source['reference_metadata.csv'],
      'query_subset.csv': `video_id\n${tenOf99.join('\n')}\n`,
      'ground_truth.csv': source['ground_truth.csv'],
      'subset_ground_truth.csv': `query_id,ref_id,query_start,query_end\n${truth}`,
      ...Object.fromEntries(tenOf99.map((id) => [`query/${id}.mp4`, film(id).toString()])),
    });
    expect(result).toMatchObject({ dataset: 'train', folder, ids: tenOf99, dryRun: false });
    expect(result).toMatchObject({
      chosen: 10,
      listed: 99,
      present: 99,
      absent: 0,
      bytes: 10 * filmBytes,
    });
    expect(result.seconds).toBeGreaterThan(0);
    expect(heard.warnings()).toEqual([]);
    expect(heard.progress().map((event) => event.completed)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
    ]);
    expect(heard.progress().at(-1)).toMatchObject({ total: 10, unit: 'videos', done: true });
    expect(await readdir(project.data)).toEqual(['train']);
  });

  it('is what test-submission asks for', async () => {
    const project = await filledProject({ queries: 99 });
    await making(project);
    const data = await requireData(project, 'train');
    expect(data.subset).toEqual(tenOf99);
  });

  it('has what it is of the ground truth of either track, with all columns', async () => {
    const project = await filledProject({ queries: 99 });
    const source = join(project.competitionData, 'train');
    const header = 'query_id,ref_id,query_start,query_end,ref_start,ref_end\n';
    const chosen = 'Q100001,R100001,0,1.5,2,3.5\n';
    const segments = `${header}${chosen}Q100002,R100001,0,1,2,3\n`;
    await writeFile(join(source, 'train_matching_ground_truth.csv'), segments);
    for (const truth of [truePairs, trueSegments]) {
      await making(project, { truth });
      const made = await contents(join(project.data, 'train'));
      expect(made['matching_ground_truth.csv']).toBe(segments);
      expect(made['subset_matching_ground_truth.csv']).toBe(header + chosen);
      expect(made).toHaveProperty(['ground_truth.csv']);
    }
  });

  it.each(['train_ground_truth.csv', 'train_descriptor_ground_truth.csv'])(
    'comes under the plain names from prefixed downloads (%s)',
    async (groundTruthName) => {
      const project = await filledProject({ prefix: 'train_', groundTruthName });
      await making(project, { proportion: 0.01 });
      expect(Object.keys(await contents(join(project.data, 'train'))).sort()).toEqual([
        'ground_truth.csv',
        'query/Q100084.mp4',
        'query_metadata.csv',
        'query_subset.csv',
        'reference_metadata.csv',
        'subset_ground_truth.csv',
      ]);
    },
  );

  it('comes from symlinked competition data as real files', async () => {
    const project = await temporaryProject();
    const disk = await temporaryFolder();
    await fillCompetitionData(join(disk, 'train'), { queries: 10 });
    await rename(join(disk, 'train', 'query'), join(disk, 'films'));
    await mkdir(join(disk, 'train', 'query'));
    for (const id of queryIds(10)) {
      await symlink(join(disk, 'films', `${id}.mp4`), join(disk, 'train', 'query', `${id}.mp4`));
    }
    await symlink(disk, project.competitionData);
    for (const link of [false, true]) {
      const result = await making(project, { proportion: 1, link });
      expect(result.linked).toBe(link ? 10 : 0);
      expect((await requireData(project, 'train')).subset).toEqual(queryIds(10));
      const entries = await readdir(join(project.data, 'train', 'query'), { withFileTypes: true });
      expect(entries.every((entry) => entry.isFile())).toBe(true);
    }
  });
});

it('a subset of test has no ground truth, even where the download has one', async () => {
  const project = await filledProject({ queries: 5 }, 'test');
  await making(project, { dataset: 'test', proportion: 0.5 });
  expect(Object.keys(await contents(join(project.data, 'test'))).sort()).toEqual([
    ...['Q100002', 'Q100003', 'Q100005'].map((id) => `query/${id}.mp4`),
    'query_metadata.csv',
    'query_subset.csv',
    'reference_metadata.csv',
  ]);
});

describe('videos that are not there', () => {
  it('are left out with a warning, and the subset drawn from the others', async () => {
    const absent = ['Q100050', 'Q100100'];
    const project = await filledProject({ queries: 101, absent });
    const heard = listening();
    const result = await making(project, {}, heard);
    const others = queryIds(101).filter((id) => !absent.includes(id));
    const places = tenOf99.map((id) => others[Number(id.slice(1)) - 100001]);
    expect(result).toMatchObject({ ids: places, chosen: 10, listed: 101, present: 99, absent: 2 });
    expect(heard.warnings()).toHaveLength(1);
    expect(heard.warnings()[0]).toMatch(/^2 of the 101 queries listed .*\(Q100050, Q100100\)/);
  });

  it('count as absent if they are folders or symlinks to nothing; other files don’t count', async () => {
    const project = await filledProject({ queries: 3, absent: ['Q100001', 'Q100002'] });
    const folder = join(project.competitionData, 'train', 'query');
    await mkdir(join(folder, 'Q100001.mp4'));
    await symlink('/no/such/film', join(folder, 'Q100002.mp4'));
    await writeFile(join(folder, 'Q999999.mp4'), 'not listed');
    const result = await making(project, { proportion: 1 });
    expect(result).toMatchObject({ ids: ['Q100003'], present: 1, absent: 2 });
  });

  it.each(specialFiles)('count as absent if they are %s', async (what) => {
    const project = await filledProject({ queries: 3 });
    const folder = join(project.competitionData, 'train', 'query');
    await placeOddity(what, join(folder, 'Q100001.mp4'));
    await rm(join(folder, 'Q100002.mp4'));
    await symlink('Q100001.mp4', join(folder, 'Q100002.mp4'));
    const result = await making(project, { proportion: 1 });
    expect(result).toMatchObject({ ids: ['Q100003'], present: 1, absent: 2 });
  });

  it('make an error if they are all', async () => {
    const project = await filledProject({ queries: 3, absent: queryIds(3) });
    const error = await failure(making(project));
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error.message).toContain('None of the 3 videos');
    expect(error.message).toContain(join(project.competitionData, 'train', 'query'));
    expect(error.next.join()).toContain('Put them into');
    expect(existsSync(project.data)).toBe(false);
  });

  it('are told by the name that one has in other letters', async () => {
    const project = await filledProject({ queries: 3, absent: queryIds(3) });
    await writeFile(join(project.competitionData, 'train', 'query', 'q100001.MP4'), '');
    expect((await failure(making(project))).next[0]).toBe(
      'q100001.MP4 is there: names are told apart by case, so rename it to Q100001.mp4.',
    );
  });

  it('do not change what everyone draws where those are there that a proportion draws', async () => {
    const whole = await filledProject({ queries: 100 });
    const { ids: drawn } = await making(whole, { proportion: 0.2 });
    const absent = queryIds(100).filter((id) => !drawn.includes(id));
    const part = await filledProject({ queries: 100, absent });
    for (const proportion of [0.2, 0.05]) {
      const heard = listening();
      const { ids } = await making(part, { proportion }, heard);
      expect(ids).toEqual((await making(whole, { proportion })).ids);
      expect(heard.warnings()).toEqual([]);
    }
    const heard = listening();
    const { ids } = await making(part, { proportion: 0.3 }, heard);
    expect(ids).toHaveLength(6);
    expect(heard.warnings()[0]).toContain('can differ from the one that others draw');
  });
});

describe('videos that cannot be decoded', () => {
  it('are pointed out in one warning, at most three of a kind by name', async () => {
    const project = await filledProject({ queries: 9 });
    const queries = join(project.competitionData, 'train', 'query');
    const spoil = (id: string, content: string | Buffer) =>
      writeFile(join(queries, `${id}.mp4`), content);
    await spoil('Q100001', '<!DOCTYPE html>\n<title>Sign in');
    for (const id of ['Q100002', 'Q100003', 'Q100004', 'Q100005']) await spoil(id, '');
    await spoil('Q100006', film('Q100006').subarray(0, -3));
    await spoil('Q100007', mp4({ seconds: 9 }));
    const heard = listening();
    const { chosen } = await making(project, { proportion: 1 }, heard);
    expect(chosen).toBe(9);
    expect(heard.warnings()).toEqual([
      `Of the 9 chosen videos in ${queries} 4 are empty (Q100002, Q100003, Q100004, …); ` +
        '1 is not in the MP4 format (Q100001: begins with "<!DOCTYPE html>\\n"); ' +
        '1 is cut off (Q100006: 3 bytes short); ' +
        '1 is shorter than the metadata say (Q100007: 9.00 s of 10.8 s). Fetch these again.',
    ]);
  });
});

describe('hard links', () => {
  it('share the file', async () => {
    const project = await filledProject({ queries: 10 });
    const result = await making(project, { proportion: 1, link: true });
    expect(result).toMatchObject({ method: 'link', linked: 10 });
    const [made, given] = [project.data, project.competitionData].map((folder) =>
      statSync(join(folder, 'train', 'query', 'Q100004.mp4')),
    );
    expect(made?.ino).toBe(given?.ino);
  });

  const shm = '/dev/shm';
  const otherDisk = existsSync(shm) && statSync(shm).dev !== statSync('/tmp').dev;
  it.skipIf(!otherDisk)('become copies across file systems, with a warning', async () => {
    const project = await temporaryProject();
    const disk = join(await temporaryFolder(shm), 'train');
    await fillCompetitionData(disk, { queries: 10 });
    await mkdir(project.competitionData);
    await symlink(disk, join(project.competitionData, 'train'));
    const heard = listening();
    const result = await making(project, { proportion: 1, link: true }, heard);
    expect(result.linked).toBe(0);
    expect(heard.warnings()[0]).toContain('10 of 10 videos could not be hard-linked');
    expect((await requireData(project, 'train')).subset).toHaveLength(10);
  });

  it.skipIf(!otherDisk)('are made for those videos that are on the same file system', async () => {
    const project = await filledProject({ queries: 10 });
    const elsewhere = join(await temporaryFolder(shm), 'film');
    await writeFile(elsewhere, film('Q100009'));
    const video = join(project.competitionData, 'train', 'query', 'Q100009.mp4');
    await rm(video);
    await symlink(elsewhere, video);
    const heard = listening();
    const result = await making(project, { proportion: 1, link: true }, heard);
    expect(result).toMatchObject({ method: 'link', linked: 9 });
    expect(heard.warnings()[0]).toContain('1 of 10 videos');
  });
});

describe('the subset of before', () => {
  it('is replaced as a whole', async () => {
    const { project } = await withOldSubset();
    await making(project, { proportion: 0.01 });
    expect(await readdir(join(project.data, 'train', 'query'))).toEqual(['Q100084.mp4']);
    expect(await readdir(project.data)).toEqual(['train']);
  });

  it('stays as it was when the next is interrupted half way, and nothing else stays', async () => {
    const { project, old } = await withOldSubset();
    const controller = new AbortController();
    let afterwards = 0;
    const heard = listening((event) => {
      if (event.type !== 'progress') return;
      if (controller.signal.aborted) afterwards++;
      if (event.completed === 20) controller.abort(new Interrupted('SIGINT'));
    });
    const made = makeSubset(
      { project, dataset: 'train', truth: truePairs, proportion: 1 },
      { report: heard.report, signal: controller.signal },
    );
    expect(await failure(made)).toBeInstanceOf(Interrupted);
    expect(afterwards).toBeLessThan(4);
    expect(await contents(join(project.data, 'train'))).toEqual(old);
    expect(await readdir(project.data)).toEqual(['train']);
  });

  it('stays when the very last video brings the interruption', async () => {
    const { project, old } = await withOldSubset();
    const controller = new AbortController();
    const heard = listening((event) => {
      if (event.type === 'progress' && event.done) controller.abort(new Interrupted('SIGTERM'));
    });
    const made = makeSubset(
      { project, dataset: 'train', truth: truePairs, proportion: 0.1 },
      { report: heard.report, signal: controller.signal },
    );
    expect(await failure(made)).toBeInstanceOf(Interrupted);
    expect(await contents(join(project.data, 'train'))).toEqual(old);
    expect(await readdir(project.data)).toEqual(['train']);
  });

  it.each([
    ['query_metadata.csv', 'video_id,duration_sec\nQ100001,1\nQ100002,x\n', 'line 3'],
    ['reference_metadata.csv', 'video_id\n', 'duration_sec'],
    ['ground_truth.csv', 'query_id,ref_id\nQ100001\n', 'line 2'],
  ])('stays when %s is malformed', async (name, content, what) => {
    const { project, old } = await withOldSubset();
    const path = join(project.competitionData, 'train', name);
    await writeFile(path, content);
    const { message } = await failure(making(project));
    expect(message).toContain(path);
    expect(message).toContain(what);
    expect(await contents(join(project.data, 'train'))).toEqual(old);
  });

  it('stays when the disk has not enough room; both sizes are told', async () => {
    const { project, old } = await withOldSubset();
    const { signal } = new AbortController();
    const making = makeSubset(
      { project, dataset: 'train', truth: truePairs, proportion: 1 },
      { report: listening().report, signal, freeBytes: async () => 600 },
    );
    const error = await failure(making);
    expect(error).toBeInstanceOf(EnvironmentError);
    const needed = formatBytes(100 * filmBytes);
    expect(error.message).toContain(`the 100 videos take ${needed}, 600 B are free`);
    expect(await contents(join(project.data, 'train'))).toEqual(old);
    expect(await readdir(project.data)).toEqual(['train']);
  });

  it.skipIf(process.getuid?.() === 0)('stays when a permission is missing', async () => {
    const { project, old } = await withOldSubset();
    await chmod(project.data, 0o500);
    const error = await failure(making(project));
    await chmod(project.data, 0o700);
    expect(error.message).toContain('permission denied (EACCES');
    expect(await contents(join(project.data, 'train'))).toEqual(old);
  });
});

describe('a folder that is not ours to delete', () => {
  it.each(['notes.txt', 'reference/R100001.mp4', 'query/Q100001.json', 'query/mine.mp4'])(
    'is left alone for %s',
    async (name) => {
      const { project } = await withOldSubset();
      const stranger = join(project.data, 'train', name);
      await mkdir(join(stranger, '..'), { recursive: true });
      await writeFile(stranger, 'dear');
      const before = await contents(project.data);
      const error = await failure(making(project));
      expect(error).toBeInstanceOf(EnvironmentError);
      expect(error.message).toContain(name.startsWith('reference') ? 'reference' : name);
      expect(await contents(project.data)).toEqual(before);
    },
  );

  it.each([
    [5, 'f1, f2, f3, f4, f5.'],
    [7, 'f1, f2, f3, f4, f5 and 2 more.'],
  ])('is left alone, and %d strangers in it are named', async (count, named) => {
    const { project } = await withOldSubset();
    const folder = join(project.data, 'train');
    for (let at = count; at > 0; at -= 1) await writeFile(join(folder, `f${at}`), '');
    const error = await failure(making(project));
    expect(error.message).toBe(
      `${folder} holds what "vsc data-subset" did not put there, and would be replaced: ${named}`,
    );
    expect(error.next.join()).toMatch(/^Move these away; or, .* delete that folder/);
  });

  it('is replaced where it is a subset without its videos, whatever the system left there', async () => {
    const { project } = await withOldSubset();
    const folder = join(project.data, 'train');
    await rm(join(folder, 'query'), { recursive: true });
    for (const name of ['.gitkeep', '._query']) await writeFile(join(folder, name), '');
    await making(project, { proportion: 0.01 });
    expect(await readdir(join(folder, 'query'))).toEqual(['Q100084.mp4']);
  });

  it('is left alone if it has videos but no query_subset.csv', async () => {
    const { project } = await withOldSubset();
    await rm(join(project.data, 'train', 'query_subset.csv'));
    expect((await failure(making(project))).message).toContain('did not put there');
  });

  it('is left alone if a user put a ground truth of test there', async () => {
    const project = await filledProject({ queries: 5 }, 'test');
    await making(project, { dataset: 'test' });
    await writeFile(join(project.data, 'test', 'ground_truth.csv'), 'query_id,ref_id\n');
    expect((await failure(making(project, { dataset: 'test' }))).message).toContain(
      'ground_truth.csv',
    );
  });

  it('is left alone for a name that is not UTF-8, whose bytes are shown', async () => {
    const { project } = await withOldSubset();
    const folder = join(project.data, 'train');
    await writeFile(notUtf8(folder), 'mine');
    const { message } = await failure(making(project));
    expect(message).toBe(`${folder}/caf\\xe9 has a name that is not UTF-8.`);
  });

  it('does not include an empty one, nor droppings of the system', async () => {
    const project = await filledProject();
    await mkdir(join(project.data, 'train'), { recursive: true });
    await writeFile(join(project.data, 'train', '.DS_Store'), '');
    await making(project);
    await writeFile(join(project.data, 'train', 'query', '.DS_Store'), '');
    await making(project);
  });

  it('may have a file where its videos should be', async () => {
    const { project } = await withOldSubset();
    await rm(join(project.data, 'train', 'query'), { recursive: true });
    await writeFile(join(project.data, 'train', 'query'), 'dear');
    const error = await failure(making(project));
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error.message).toMatch(/^Could not make .*ENOTDIR/);
    expect(await readFile(join(project.data, 'train', 'query'), 'utf8')).toBe('dear');
  });

  it('may be a file', async () => {
    const project = await filledProject();
    await mkdir(project.data);
    await writeFile(join(project.data, 'train'), 'dear');
    expect((await failure(making(project))).message).toContain('is a file');
  });
});

describe('a symlinked data/<dataset>', () => {
  it('stays a symlink, and the folder it leads to is replaced', async () => {
    const project = await filledProject();
    const disk = await temporaryFolder();
    await mkdir(join(disk, 'big'));
    await mkdir(project.data);
    await symlink(join(disk, 'big'), join(project.data, 'train'));
    for (const proportion of [0.05, 0.01]) await making(project, { proportion });
    expect(await readdir(join(disk, 'big', 'query'))).toEqual(['Q100084.mp4']);
    expect(await readdir(disk)).toEqual(['big']);
    expect((await readdir(project.data, { withFileTypes: true }))[0]?.isSymbolicLink()).toBe(true);
  });

  it('is refused if it leads to nothing, or to the competition data', async () => {
    const project = await filledProject({ queries: 3 });
    await mkdir(project.data);
    await symlink('/no/such/disk', join(project.data, 'train'));
    expect((await failure(making(project))).message).toContain('symlink to /no/such/disk');
    await rm(join(project.data, 'train'));
    await symlink(join(project.competitionData, 'train'), join(project.data, 'train'));
    const before = await contents(project.competitionData);
    const { message, next } = await failure(making(project));
    expect(message).toContain('in the same place');
    expect(next).toEqual([`Remove the symlink: rm -- ${join(project.data, 'train')}`]);
    for (const place of ['.', 'train/query']) {
      await rm(join(project.data, 'train'));
      await symlink(join(project.competitionData, place), join(project.data, 'train'));
      expect((await failure(making(project))).message).toContain('in the same place');
    }
    expect(await contents(project.competitionData)).toEqual(before);
  });
});

describe('a run that was killed', () => {
  /** Higher than any system counts, so that nobody can have it meanwhile. */
  const deadPid = 99_999_999;

  it('has its leavings swept by the next, those of living ones are kept', async () => {
    const { project } = await withOldSubset();
    for (const pid of [deadPid, process.pid, process.ppid]) {
      await mkdir(join(project.data, `.train.${pid}.partial`, 'query'), { recursive: true });
    }
    await mkdir(join(project.data, `.test.${deadPid}.partial`));
    await making(project);
    expect((await readdir(project.data)).sort()).toEqual(
      [`.test.${deadPid}.partial`, `.train.${process.ppid}.partial`, 'train'].sort(),
    );
  });

  it('between two renames gets its old subset back, so that a failing next run keeps it', async () => {
    const { project, old } = await withOldSubset();
    await rename(join(project.data, 'train'), join(project.data, `.train.${deadPid}.old`));
    const { signal } = new AbortController();
    const full = { report: listening().report, signal, freeBytes: async () => 0 };
    await failure(makeSubset({ project, dataset: 'train', truth: truePairs, proportion: 1 }, full));
    expect(await contents(join(project.data, 'train'))).toEqual(old);
    expect(await readdir(project.data)).toEqual(['train']);
  });
});

describe('a dry run', () => {
  it('tells the plan and touches nothing', async () => {
    const project = await filledProject({ queries: 99, absent: [] });
    const heard = listening();
    const result = await making(project, { dryRun: true }, heard);
    expect(result).toMatchObject({
      dryRun: true,
      ids: tenOf99,
      chosen: 10,
      bytes: 10 * filmBytes,
      linked: 0,
    });
    expect(existsSync(project.data)).toBe(false);
    expect(heard.progress()).toEqual([]);
  });

  it('finds what would fail', async () => {
    const { project } = await withOldSubset();
    await writeFile(join(project.data, 'train', 'notes.txt'), 'dear');
    expect((await failure(making(project, { dryRun: true }))).message).toContain('notes.txt');
  });
});

it('makes a subset of all 8,000 videos', async () => {
  const project = await filledProject({ queries: 8_000 });
  const result = await making(project, { proportion: 1 });
  expect(result).toMatchObject({ chosen: 8_000, bytes: 8_000 * filmBytes });
  expect(await readdir(join(project.data, 'train', 'query'))).toHaveLength(8_000);
  const list = await readFile(join(project.data, 'train', 'query_subset.csv'), 'utf8');
  expect(list.split('\n')).toHaveLength(8_002);
});
