import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { EnvironmentError } from '../../src/errors.ts';
import { projectAt } from '../../src/project.ts';
import { noLog, rehearsalLog, taskLog } from '../../src/running/log-sources.ts';
import { folderWith } from '../support/folder.ts';

/** Only process 1 lives. */
const alive = { owner: { hostname: 'here' }, isAlive: (pid: number) => pid === 1 };

const projectWith = async (...files: readonly string[]) =>
  projectAt(await folderWith(Object.fromEntries(files.map((path) => [path, path]))));

/** Where the log of that name is, in the project, and whether it grows. */
async function logOf(name: string, files: readonly string[]) {
  const project = await projectWith(...files);
  const source = await taskLog(project, name, alive);
  return [(await source.path())?.slice(project.root.length + 1), await source.isGrowing()];
}

const batch = 'batch/subs-test-descriptor/submissions';

it.each([
  [['submission/.run-here-1-0a/x'], true],
  [['submission/.run-here-2-0a/x'], false],
  [['submission/.run-there-1-0a/x'], false],
  [[], false],
])("a rehearsal's log grows with %j: %s", async (files, grows) => {
  const source = rehearsalLog(await projectWith(...files), alive);
  expect([await source.path(), await source.isGrowing()]).toEqual([undefined, grows]);
});

it("a rehearsal's log is that of the project", async () => {
  const project = await projectWith('submission/log.txt');
  expect(await rehearsalLog(project, alive).path()).toBe(project.log);
});

it('where there is none it is said what makes one', async () => {
  const error = noLog(await projectWith());
  expect(error.message).toMatch(/^There is no log yet: .*\/submission\/log\.txt is not there\.$/);
  expect(error.next.join('\n')).toContain('Run "vsc test-submission"');
});

it.each<[string, string, string[], string, boolean]>([
  ['of a submission', 'one', [`${batch}/one/done/log.txt`], `${batch}/one/done/log.txt`, false],
  ['by its zip', 'one.zip', [`${batch}/one/done/log.txt`], `${batch}/one/done/log.txt`, false],
  [
    'of a shard that failed',
    'query-1',
    ['describe/x-test/shards/query-1/failed/log.txt', `${batch}/one/done/log.txt`],
    'describe/x-test/shards/query-1/failed/log.txt',
    false,
  ],
  [
    'of what is at work rather than of what was',
    'one',
    [`${batch}/one/done/log.txt`, `${batch}/one/.attempt-here-1-0123abcd/log.txt`],
    `${batch}/one/.attempt-here-1-0123abcd/log.txt`,
    true,
  ],
  [
    'of another node at work',
    'one',
    [`${batch}/one/.attempt-there-7-0123abcd/log.txt`],
    `${batch}/one/.attempt-there-7-0123abcd/log.txt`,
    true,
  ],
  [
    'of no vsc that was killed',
    'one',
    [`${batch}/one/failed/log.txt`, `${batch}/one/.attempt-here-2-0123abcd/log.txt`],
    `${batch}/one/failed/log.txt`,
    false,
  ],
  [
    'of what was not judged',
    'one',
    [`${batch}/one/faults/ab/log.txt`],
    `${batch}/one/faults/ab/log.txt`,
    false,
  ],
])('a log %s is found', async (_, name, files, path, grows) => {
  expect(await logOf(name, files)).toEqual([path, grows]);
});

it('of a node that has given no sign for long it grows no more', async () => {
  const attempt = `${batch}/one/.attempt-there-7-0123abcd`;
  const project = await projectWith(`${attempt}/log.txt`, `${batch}/one/done/log.txt`);
  const source = await taskLog(project, 'one', alive);
  expect(await source.isGrowing()).toBe(true);
  await utimes(join(project.root, attempt), 0, 0);
  expect(await source.isGrowing()).toBe(false);
});

it('a submission whose name is none for a folder is found by its own', async () => {
  const folder = `${batch}/my_best~0123abcd`;
  const project = projectAt(
    await folderWith({
      [`${folder}/task.json`]: '{"work":{"zip":"/subs/my best.zip"}}',
      [`${folder}/done/log.txt`]: 'x',
    }),
  );
  for (const name of ['my best', 'my best.zip', 'my_best~0123abcd']) {
    const source = await taskLog(project, name, alive);
    expect(await source.path()).toBe(join(project.root, folder, 'done/log.txt'));
  }
});

it('of several of that name the one is taken that was written last', async () => {
  const paths = ['a', 'b', 'c'].map((name) => `batch/${name}/submissions/one/done/log.txt`);
  const project = await projectWith(...paths);
  for (const [at, path] of paths.entries()) {
    await utimes(join(project.root, path), at === 1 ? 2000 : 1000, at === 1 ? 2000 : 1000);
  }
  const source = await taskLog(project, 'one', alive);
  expect(await source.path()).toBe(join(project.root, paths[1] ?? ''));
});

it.each([
  ['on', /^"on" is no submission of a batch here, .* Did you mean one\?$/],
  ['none', /^"none" is no submission/],
  ['two', /^There is no log of "two": nothing of it has run\.$/],
  ['../one', /is no submission/],
])('of %s there is none, and that is said', async (name, message) => {
  const files = [`${batch}/one/done/log.txt`, `${batch}/two/done/result.json`];
  const error = await logOf(name, files).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(EnvironmentError);
  expect(error.message).toMatch(message);
});
