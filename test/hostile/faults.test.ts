import {
  access,
  appendFile,
  open,
  readdir,
  readFile,
  rm,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { EngineUnreachable } from '../../src/engine/errors.ts';
import { packContext } from '../../src/image/build.ts';
import { containersOf, run, told, vsc } from '../support/cli.ts';
import { realEngine } from '../support/engine.ts';
import { engineProxy } from '../support/engine-proxy.ts';
import { keptFolderWith } from '../support/folder.ts';
import { quiet } from '../support/recorder.ts';
import { digest, snapshot } from '../support/snapshot.ts';
import { type Arena, openArena, zipWith } from './arena.ts';

const testing = 'test-submission --dataset test --block-internet';
const results = /^submission\/(?!submission\.zip$)|^submission$/;
const archive = (project: string) => join(project, 'submission/submission.tar.gz');

let arena: Arena;
let made = 0;
/** A project in which a run has succeeded before, so that there is something to lose. */
const usedProject = async (main = 'import honest\n') => {
  made += 1;
  const project = await arena.project(`project-${made}`, zipWith(arena.parts, main));
  await writeFile(archive(project), 'the archive of an earlier run');
  return project;
};

beforeAll(async () => {
  arena = await openArena();
});
afterAll(() => arena?.close());

/** The next run succeeds and leaves nothing of the one that went wrong. */
const expectRecovery = async (project: string) => {
  const { exitCode, stderr } = await run(project, testing);
  expect(exitCode, stderr).toBe(0);
  expect(await containersOf(project)).toBe('');
  expect(await readdir(join(project, 'submission'))).not.toContainEqual(
    expect.stringMatching(/^\.|partial/),
  );
  return stderr;
};

/** Requests to the engine in the course of a run, and how many of that kind came before. */
const moments = [
  ['before anything is created', /^POST \/containers\/create/, 1],
  ['before the one that scores is created', /^POST \/containers\/create/, 2],
  ['before the code starts', /^POST \/containers\/\w+\/start/, 1],
  ['before the one that scores starts', /^POST \/containers\/\w+\/start/, 2],
  ['while both are there', /^GET \/containers\/\w+\/stats/, 2],
  ['when its output is taken out', /^GET \/containers\/\w+\/archive\?path=.*subset/, 1],
  ['while it scores', /^GET \/containers\/\w+\/archive\?path=.*run_report/, 1],
  ["when the code's container is removed", /^DELETE \/containers/, 1],
  ['when the rankings are taken out', /^GET \/containers\/\w+\/archive\?path=.*tar\.gz/, 1],
  ['when all is done', /^DELETE \/containers/, 2],
] as const;

describe.concurrent('the engine dies', () => {
  it.each(moments)('%s: 3, and nothing is lost', async (_, request, turn) => {
    const project = await usedProject();
    const before = await snapshot(project, results);
    const proxy = await engineProxy();
    proxy.meet(request, turn, proxy.cut);
    const { exitCode, stderr } = await run(project, testing, { DOCKER_HOST: proxy.host });
    expect(stderr).toMatch(
      /(No container engine at|The container engine at) unix:\S+ \(DOCKER_HOST\)/,
    );
    expect(stderr).not.toMatch(/bug|The submission failed/);
    expect(exitCode).toBe(3);
    expect(await snapshot(project, results)).toEqual(before);
    expect(await readFile(archive(project), 'utf8')).toBe('the archive of an earlier run');
    await expectRecovery(project);
  });

  it('in the middle of a build', async () => {
    const proxy = await engineProxy();
    const engine = await realEngine({ ...process.env, DOCKER_HOST: proxy.host });
    const context = await keptFolderWith({
      Dockerfile: 'FROM debian:bookworm-slim\nRUN echo under way; sleep 20\n',
    });
    const building = engine.build(
      { dockerfile: 'Dockerfile', tag: 'vsc-test:never', arguments: {} },
      await packContext(context),
      (text) => text.includes('under way') && proxy.cut(),
      quiet,
    );
    await expect(building).rejects.toThrow(EngineUnreachable);
    await rm(context, { recursive: true });
  });
});

describe.concurrent('vsc is killed', () => {
  it.each(moments)('%s: the next run cleans up', async (_, request, turn) => {
    const project = await usedProject();
    const proxy = await engineProxy();
    const running = vsc(project, testing, { env: { DOCKER_HOST: proxy.host } });
    proxy.meet(request, turn, () => void running.kill('SIGKILL'));
    expect((await running).signal).toBe('SIGKILL');
    proxy.cut();
    await new Promise((resolve) => setTimeout(resolve, 200)); // what was sent last still arrives
    const left = await containersOf(project);
    const said = await expectRecovery(project);
    if (left !== '') expect(said).toContain('which a vsc that was killed had left.');
  });
});

describe('vsc is killed once the containers are gone', () => {
  /** What the run's work folder holds by then, the last of it first. */
  const steps = ['report.html', 'report.json', 'provenance.json', 'submission.tar.gz'];

  it.each(steps)('as soon as there is a %s: an earlier run is whole, or this one', async (step) => {
    const project = await usedProject();
    const folder = join(project, 'submission');
    expect((await run(project, testing)).exitCode).toBe(0);
    const published = ['submission.tar.gz', 'provenance.json', 'report.json', 'report.html'];
    const contents = () =>
      Promise.all(published.map(async (name) => digest(await readFile(join(folder, name)))));
    const before = await contents();
    const running = vsc(project, testing);
    const killed = new AbortController();
    running.finally(() => killed.abort());
    while (!killed.signal.aborted) {
      // The work folder may go while it is listed: this run is whole, then.
      const names = await readdir(folder, { recursive: true }).catch(() => []);
      if (names.some((name) => name.startsWith('.run-') && name.endsWith(step))) break;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    running.kill('SIGKILL');
    await running;
    const after = await contents();
    const same = after.map((content, at) => content === before[at]);
    // The archive is the same in every run; a record and a report never are.
    const unpublished = (await readdir(folder, { recursive: true })).filter((name) =>
      name.startsWith('.run-'),
    );
    if (
      unpublished.some((name) => name.endsWith('submission.tar.gz')) ||
      unpublished.length === 0
    ) {
      const isNew = unpublished.length === 0;
      expect(same.slice(1)).toEqual([!isNew, !isNew, !isNew]);
    } else {
      // Killed in the very moment of publishing: never a report of a run whose record is not there.
      expect(same.slice(1)).toEqual(same.slice(1).toSorted());
    }
    await expectRecovery(project);
  });
});

describe.concurrent('something changes during the run', () => {
  const slow = 'import time\nprint("ready", flush=True)\ntime.sleep(4)\nimport honest\n';
  it.each([
    ['the zip', 'submission/submission.zip', (path: string) => appendFile(path, 'x')],
    ['the subset', 'data/test/query_subset.csv', (path: string) => appendFile(path, 'Q100001\n')],
    ['the metadata', 'data/test/query_metadata.csv', (path: string) => utimes(path, 1, 1)],
    ['a video is added', 'data/test/query', (path: string) => writeFile(`${path}/new.mp4`, '')],
  ])('%s: 3, naming it', async (_, name, change) => {
    const project = await usedProject(slow);
    const running = vsc(project, testing);
    await told(running, 'ready');
    await change(join(project, name));
    const { exitCode, stderr } = await running;
    expect(stderr).toContain(`${join(project, name)} was changed while it was being tested.`);
    expect(exitCode).toBe(3);
    expect(await containersOf(project)).toBe('');
    expect(await readFile(archive(project), 'utf8')).toBe('the archive of an earlier run');
  });
});

describe('two runs side by side in a project', () => {
  it('both succeed, whichever is faster, and know of each other', async () => {
    const project = await usedProject();
    const proxy = await engineProxy();
    let second: Awaited<ReturnType<typeof run>> | undefined;
    // The first has run the code and is about to score while the second does all its work.
    proxy.meet(/^DELETE \/containers/, 1, async () => {
      second = await run(project, testing);
    });
    const first = await run(project, testing, { DOCKER_HOST: proxy.host });
    proxy.cut();
    expect(second?.exitCode, second?.stderr).toBe(0);
    expect(second?.stderr).toMatch(/Another vsc \(process \d+\) is at work in this project/);
    expect(first.exitCode, first.stderr).toBe(0);
    expect(await containersOf(project)).toBe('');
    await access(archive(project));
  });
});

describe.runIf(process.getuid?.() === 0)('the disk is full', () => {
  /** Leaves no room in a folder's file system. */
  const fill = async (folder: string) => {
    const filler = await open(join(folder, 'filler'), 'w');
    try {
      for (;;) await filler.write(Buffer.alloc(4096));
    } catch {
      await filler.close();
    }
  };

  /** Puts `submission/` on a small file system of its own. */
  const onSmallDisk = async (project: string, kilobytes: number) => {
    const folder = join(project, 'submission');
    const zip = await readFile(join(folder, 'submission.zip'));
    await execa('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'vsc-test', folder]);
    onTestFinished(async () => void (await execa('umount', [folder])));
    await writeFile(join(folder, 'submission.zip'), zip);
    await writeFile(archive(project), 'the archive of an earlier run');
  };

  it.each([
    ['while the rankings are taken out', /^GET \/containers\/\w+\/archive\?path=.*tar\.gz/, 1],
    // Of the record not a byte can be written any more; the archive has been.
    ['once all has run', /^DELETE \/containers/, 2],
  ])('%s: 3, and an earlier run is still whole', async (_, request, turn) => {
    const project = await usedProject();
    await onSmallDisk(project, 600);
    const folder = join(project, 'submission');
    for (const name of ['provenance.json', 'report.json', 'report.html']) {
      await writeFile(join(folder, name), `the ${name} of an earlier run`);
    }
    const before = await snapshot(project, /^submission\/log\.txt$|^submission$/);
    const proxy = await engineProxy();
    proxy.meet(request, turn, () => fill(folder));
    const { exitCode, stderr } = await run(project, testing, { DOCKER_HOST: proxy.host });
    proxy.cut();
    await rm(join(folder, 'filler'));
    expect(stderr).toMatch(/the disk is full \(ENOSPC/);
    expect(exitCode).toBe(3);
    expect(await snapshot(project, /^submission\/log\.txt$|^submission$/)).toEqual(before);
    await expectRecovery(project);
  });

  it.each([
    ['while the log is written', 'print("word " * 200000)\nimport honest\n', 'log.txt'],
    [
      'while the output is taken out',
      'import os\nopen("/code_execution/subset_query_descriptors.npz", "wb").write(bytes(900000))\n',
      'subset_query_descriptors.npz',
    ],
  ])('%s: 3, and what was there stays', async (_, main, file) => {
    const project = await usedProject(main);
    await onSmallDisk(project, 400);
    const zip = digest(await readFile(join(project, 'submission/submission.zip')));
    const { exitCode, stderr } = await run(project, testing);
    expect(stderr).toMatch(
      new RegExp(`Could not write \\S*${file}\\S*: the disk is full \\(ENOSPC`),
    );
    expect(exitCode).toBe(3);
    expect(await containersOf(project)).toBe('');
    expect(await readFile(archive(project), 'utf8')).toBe('the archive of an earlier run');
    expect(digest(await readFile(join(project, 'submission/submission.zip')))).toBe(zip);
  });
});
