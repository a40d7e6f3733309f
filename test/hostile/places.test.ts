import { chmod, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { containersOf, run, told, vsc } from '../support/cli.ts';
import { oddities, placeDeepFolder, placeOddity, specialFiles } from '../support/oddities.ts';
import { digest, snapshot } from '../support/snapshot.ts';
import { ownSshd } from '../support/sshd.ts';
import { type Arena, openArena, zipWith } from './arena.ts';

const testing = 'test-submission --dataset test --block-internet';
const shell = 'interact-container --dataset test --block-internet';

/** A command that waits for a named pipe never ends; these end in a moment. */

let arena: Arena;
let made = 0;
const projectWith = (main = 'import honest\n') => {
  made += 1;
  return arena.project(`project-${made}`, zipWith(arena.parts, main));
};

beforeAll(async () => {
  arena = await openArena();
});
afterAll(() => arena?.close());

/** Runs a command that has to refuse a place, and shows what it says of it. */
const refusal = async (project: string, line: string, exitCode = 3) => {
  const before = await snapshot(project);
  const { stderr, ...ended } = await run(project, line);
  expect(ended, stderr).toMatchObject({ exitCode, stdout: '' });
  expect(stderr).not.toMatch(/bug in vsc|Testing /);
  expect(await containersOf(project)).toBe('');
  expect(await snapshot(project)).toEqual(before);
  return stderr;
};

/** Where a file is read or written, by which command, and how that ends where there is none. */
const places: ReadonlyArray<readonly [place: string, line: string, exitCode: number]> = [
  ['submission/submission.zip', testing, 3],
  ['submission/submission.zip', 'pack-quickstart --force --dataset test', 3],
  ['submission/log.txt', testing, 3],
  ['submission/submission.tar.gz', testing, 3],
  ['submission/subset_query_descriptors.npz', testing, 3],
  ['submission/report.json', testing, 3],
  ['submission/report.html', testing, 3],
  ['submission/provenance.json', testing, 3],
  ['data/test/query_metadata.csv', testing, 3],
  ['data/test/query_subset.csv', testing, 3],
  ['data/test/query_metadata.csv', 'validate --dataset test', 3],
  ['data/test/ground_truth.csv', 'score --dataset test', 3],
  ['submission/report.json', 'report', 3],
  ['submission/provenance.json', 'verify', 3],
  ['archive', 'score archive --ground-truth main.csv', 3],
  ['truth.csv', 'score --ground-truth truth.csv', 2],
  ['rankings.csv', 'score --rankings rankings.csv --ground-truth main.csv', 2],
];

describe.each(oddities)('%s', (what) => {
  it.each(places)('as %s is refused by %s', async (place, line, exitCode) => {
    const project = await projectWith();
    await writeFile(join(project, 'main.csv'), 'query_id,ref_id\nQ100001,R100001\n');
    await placeOddity(what, join(project, place));
    const said = await refusal(project, line, exitCode);
    expect(said).toContain(basename(place));
    expect(said).toContain(what);
  });
});

it.each(specialFiles)('%s is no submission to validate', async (what) => {
  const project = await projectWith();
  await placeOddity(what, join(project, 'odd.zip'));
  expect(await refusal(project, 'validate odd.zip')).toContain(`odd.zip is ${what}, where a file`);
});

it('results that can be looked at, but not replaced, are left alone', async () => {
  const project = await projectWith();
  expect((await run(project, testing)).exitCode).toBe(0);
  await placeOddity('a named pipe', join(project, 'submission/report.html'));
  expect(await refusal(project, 'report')).toContain('report.html is a named pipe');
  const archive = join(project, 'submission/submission.tar.gz');
  await placeOddity('a named pipe', archive);
  expect(await refusal(project, 'verify')).toContain(`${archive} is a named pipe`);
});

it.each(specialFiles)('%s among the data is refused', async (what) => {
  const project = await projectWith();
  await placeOddity(what, join(project, 'data/test/query/Q100003.mp4'));
  expect(await refusal(project, testing)).toContain(`query/Q100003.mp4: ${what}`);
  expect(await refusal(project, shell)).toContain(`query/Q100003.mp4: ${what}`);
});

it('a file in the place of submission/ is told by a shell, too', async () => {
  const project = await projectWith();
  await rm(join(project, 'submission'), { recursive: true });
  await writeFile(join(project, 'submission'), '');
  expect(await refusal(project, shell)).toContain(`Could not make ${project}/submission: `);
});

it('a folder too deep for any path harms nobody', async () => {
  const project = await projectWith();
  await placeDeepFolder(join(project, 'submission/deep'));
  await placeDeepFolder(join(project, 'submission_src'));
  const { exitCode, stderr } = await run(project, testing);
  expect(exitCode, stderr).toBe(0);
  await placeDeepFolder(join(project, 'submission/log.txt'));
  expect((await run(project, testing)).stderr).toContain('log.txt is a folder, where a file');
  expect((await run(project, 'clean')).exitCode).toBe(0);
  expect((await run(project, 'pack-submission --force')).stderr).toContain(
    'folders in one another',
  );
});

describe('a symlink in the data', () => {
  const withPrivateFolder = async (main?: string) => {
    const project = await projectWith(main);
    await mkdir(join(project, 'private'), { mode: 0o700 });
    await writeFile(join(project, 'private/diary'), 'nobody may read this', { mode: 0o600 });
    return project;
  };

  it.each([
    ['/private', 'leads out of the folder'],
    ['../../private', 'leads out of the folder'],
    ['nowhere', 'is not there'],
    ['extra', 'leads in a circle'],
  ])('to %s is named and refused, wherever the engine is', async (target, fault) => {
    const project = await withPrivateFolder();
    const link = target.startsWith('/') ? join(project, target) : target;
    await symlink(link, join(project, 'data/test/extra'));
    for (const line of [testing, shell, `${testing} --dry-run`]) {
      const said = await refusal(project, line);
      expect(said).toContain('extra: a symlink to "');
      expect(said).toContain(`which ${fault}`);
    }
    const { env } = await ownSshd();
    expect(await vsc(project, testing, { env })).toMatchObject({ exitCode: 3 });
  });

  it('that stays inside is one in the container, mounted or copied', async () => {
    const look = `
import os
for name in ("again.csv", "query/again"):
    path = "/data/" + name
    print(name, "->", os.readlink(path), os.path.exists(path))
import honest
`;
    const project = await withPrivateFolder(look);
    await symlink('query_subset.csv', join(project, 'data/test/again.csv'));
    await symlink('../query', join(project, 'data/test/query/again'));
    const { env } = await ownSshd();
    const archives: string[] = [];
    for (const where of [{}, { env }]) {
      const { exitCode, stderr } = await vsc(project, testing, where);
      expect(exitCode, String(stderr)).toBe(0);
      expect(stderr).toContain(
        'again.csv -> query_subset.csv True\nquery/again -> ../query True\n',
      );
      archives.push(digest(await readFile(join(project, 'submission/submission.tar.gz'))));
    }
    expect(archives[0]).toBe(archives[1]);
  });
});

it('one private file among the data: they are copied, and that is said once', async () => {
  const project = await projectWith();
  await chmod(join(project, 'data/test/query/Q100003.mp4'), 0o600);
  const { exitCode, stderr } = await run(project, testing);
  expect(exitCode, stderr).toBe(0);
  expect(stderr.match(/Not everyone may read .*/g)).toEqual([
    expect.stringContaining(`Not everyone may read ${project}/data/test/query/Q100003.mp4, and`),
  ]);
  expect(stderr).toContain(`To have it mounted: chmod -R o+rX -- ${project}/data/test\n`);
});

describe('copying to an engine on another machine', () => {
  it('stops at what is no file, without waiting for it', async () => {
    const project = await projectWith();
    await placeOddity('a named pipe', join(project, 'submission/odd'));
    const { env } = await ownSshd();
    const { exitCode, stderr } = await vsc(project, shell, { env, input: 'true' });
    expect(stderr).toContain(`${project}/submission/odd is a named pipe: it can't be copied in.`);
    expect(exitCode).toBe(3);
    expect(await containersOf(project)).toBe('');
  });

  it('is interrupted at once, however much there is', async () => {
    const project = await projectWith();
    await writeFile(join(project, 'data/test/query/Q100003.mp4'), Buffer.alloc(2 ** 30));
    const { env } = await ownSshd();
    const running = vsc(project, testing, { env });
    await told(running, 'Testing ');
    await sleep(300);
    const interrupted = performance.now();
    running.kill('SIGINT');
    expect((await running).exitCode).toBe(130);
    expect(performance.now() - interrupted).toBeLessThan(3000);
    expect(await containersOf(project)).toBe('');
  });
});
