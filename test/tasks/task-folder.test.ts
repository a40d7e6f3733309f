import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { EnvironmentError } from '../../src/errors.ts';
import { runTask, type TaskRunner } from '../../src/tasks/run-task.ts';
import type { TaskFolder } from '../../src/tasks/task-folder.ts';
import { folderWith } from '../support/folder.ts';
import { quiet } from '../support/recorder.ts';
import { plannedTask, version, worker } from './support.ts';

const newTask = async () => plannedTask(join(await folderWith(), 'task'));

/** An attempt that has written a file. */
async function attemptWith(text: string, folder: TaskFolder, key = 'k') {
  const attempt = await folder.attempt(key, worker);
  await mkdir(attempt.scratch);
  await writeFile(join(attempt.scratch, 'input'), 'not kept');
  await writeFile(join(attempt.folder, 'made'), text);
  return attempt;
}

const made = async (folder: TaskFolder, key = 'k') => {
  const outcome = await folder.outcome(key);
  return outcome && [outcome.ending, await readFile(join(outcome.folder, 'made'), 'utf8')];
};

describe("a task's folder", () => {
  it('has what was made once it is whole, and not what it was made from', async () => {
    const { folder } = await newTask();
    const attempt = await attemptWith('mine', folder);
    expect(await folder.outcome('k')).toBeUndefined();
    await attempt.succeed({ count: 7 });
    expect(await folder.outcome('k')).toMatchObject({ ending: 'done', facts: { count: 7 } });
    expect((await readdir(join(folder.path, 'done'))).sort()).toEqual(['made', 'result.json']);
    expect((await readdir(folder.path)).sort()).toEqual(['done', 'task.json']);
  });

  it('tells of an attempt that it is at work, again and again', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const { folder } = await newTask();
    const nobody = await folder.signOfLife();
    const attempt = await folder.attempt('k', worker);
    const first = await folder.signOfLife();
    expect(first).not.toBe(nobody);
    expect(await folder.signOfLife()).toBe(first);
    await vi.advanceTimersByTimeAsync(60_000);
    await vi.waitFor(async () => expect(await folder.signOfLife()).not.toBe(first));
    await attempt[Symbol.asyncDispose]();
    expect(await folder.signOfLife()).toBe(nobody);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('keeps the first of two attempts that end well; the other harms nobody', async () => {
    const { folder } = await newTask();
    {
      await using first = await attemptWith('first', folder);
      await using orphan = await attemptWith('orphan', folder);
      await first.succeed({});
      await orphan.succeed({});
    }
    expect(await made(folder)).toEqual(['done', 'first']);
    expect((await readdir(folder.path)).sort()).toEqual(['done', 'task.json']);
  });

  it('is judged once: what failed first stays, whatever comes of others', async () => {
    const { folder } = await newTask();
    {
      await using bad = await attemptWith('bad', folder);
      await using worse = await attemptWith('worse', folder);
      await using good = await attemptWith('good', folder);
      await bad.fail({ message: 'x' });
      await worse.fail({ message: 'y' });
      await good.succeed({});
    }
    expect(await made(folder)).toEqual(['failed', 'bad']);
    expect((await readdir(folder.path)).sort()).toEqual(['failed', 'task.json']);
  });

  it('has nothing for another key, and forgets the old when it is planned anew', async () => {
    const { folder } = await newTask();
    await (await attemptWith('old', folder)).succeed({});
    await (await folder.attempt('k', worker)).blameNode({
      cause: 'engine',
      message: 'm',
      next: [],
    });
    expect(await folder.outcome('other')).toBeUndefined();
    await plannedTask(folder.path);
    expect(await made(folder)).toEqual(['done', 'old']);
    await plannedTask(folder.path, { key: 'other' });
    expect(await readdir(folder.path)).toEqual(['task.json']);
  });

  it('takes nothing of an attempt at what it was before', async () => {
    const { folder } = await newTask();
    {
      await using orphan = await attemptWith('old', folder);
      await plannedTask(folder.path, { key: 'new' });
      await orphan.succeed({});
    }
    expect(await readdir(folder.path)).toEqual(['task.json']);
  });

  it('has its result though one of what it was before came in between', async () => {
    const { folder } = await newTask();
    await (await attemptWith('old', folder)).succeed({});
    const spec = await folder.spec();
    await writeFile(join(folder.path, 'task.json'), JSON.stringify({ ...spec, key: 'new' }));
    await (await attemptWith('mine', folder, 'new')).succeed({});
    expect(await made(folder, 'new')).toEqual(['done', 'mine']);
  });

  it('takes a result that is no JSON for none', async () => {
    const { folder } = await newTask();
    await (await attemptWith('mine', folder)).succeed({});
    await writeFile(join(folder.path, 'done/result.json'), '{"version": 1, "key"');
    expect(await folder.outcome('k')).toBeUndefined();
  });

  it('has no use for any attempt, nor for files half written, once it has come to its end', async () => {
    const { folder } = await newTask();
    await folder.attempt('k', { ...worker, hostname: 'elsewhere' });
    await writeFile(join(folder.path, '.task.json.0123abcd.partial'), '{');
    await folder.removeStale();
    expect(await readdir(folder.path)).toEqual([
      expect.stringMatching(/^\.attempt-elsewhere-/),
      'task.json',
    ]);
    await (await attemptWith('mine', folder)).succeed({});
    await folder.removeStale();
    expect(await readdir(folder.path)).toEqual(['done', 'task.json']);
  });

  it('removes what attempts of the dead left, and of nobody else', async () => {
    const { folder } = await newTask();
    await attemptWith('dead', folder);
    await folder.attempt('k', { ...worker, pid: 78 });
    await folder.removeStale({ owner: { hostname: 'host' }, isAlive: (pid) => pid === 78 });
    const left = (await readdir(folder.path)).filter((name) => name !== 'task.json');
    expect(left).toEqual([expect.stringMatching(/^\.attempt-host-78-/)]);
  });
});

describe('running a task', () => {
  const world = { signal: quiet, worker, version };
  const run = (path: string, runner: TaskRunner) => runTask(path, { test: runner }, world);
  const well: TaskRunner = (_, attempt) => attempt.succeed({});

  it('is done once: what has come to its end stays', async () => {
    const { folder } = await newTask();
    let runs = 0;
    const counting: TaskRunner = async (_, attempt) => {
      runs += 1;
      await attempt.succeed({ runs });
    };
    await run(folder.path, counting);
    await run(folder.path, counting);
    expect(runs).toBe(1);
  });

  it.each([
    [
      'another vsc',
      { vsc: '9.9.9' },
      'This node has vsc 1.2.3; the task was planned by vsc 9.9.9.',
    ],
    ['an unknown kind', { kind: 'odd' }, /is a task of an unknown kind/],
  ])('is not done by %s', async (_, change, message) => {
    const { folder } = await plannedTask(join(await folderWith(), 'task'), change);
    await expect(run(folder.path, well)).rejects.toThrow(message);
    const [fault] = await folder.faults('k');
    expect(fault?.message).toMatch(message);
    expect(await folder.outcome('k')).toBeUndefined();
  });

  it('is not done on an input that has changed, or is not there', async () => {
    const root = await folderWith({ input: 'now' });
    const inputs = [{ path: join(root, 'input'), sha256: '0'.repeat(64) }];
    const { folder } = await plannedTask(join(root, 'task'), { inputs });
    await expect(run(folder.path, well)).rejects.toThrow(/input is not what it was/);
    const gone = [{ path: join(root, 'gone'), sha256: '' }];
    const other = await plannedTask(join(root, 'other'), { inputs: gone });
    await expect(run(other.folder.path, well)).rejects.toThrow(EnvironmentError);
  });

  it('says where no task is to be found', async () => {
    const path = join(await folderWith(), 'nothing');
    await expect(run(path, well)).rejects.toThrow(`${path}/task.json is no task of this vsc`);
  });

  it('leaves a bug as evidence, too', async () => {
    const { folder } = await newTask();
    const buggy: TaskRunner = async () => {
      throw new TypeError('x is undefined');
    };
    await expect(run(folder.path, buggy)).rejects.toThrow(TypeError);
    expect((await folder.faults('k'))[0]?.message).toMatch(/^A bug in vsc: TypeError: x is undef/);
  });

  it('leaves nothing where it is interrupted', async () => {
    const { folder } = await newTask();
    const stop = new AbortController();
    const interrupted: TaskRunner = async () => {
      stop.abort(new Error('stopped'));
      throw new Error('a symptom');
    };
    const running = runTask(folder.path, { test: interrupted }, { ...world, signal: stop.signal });
    await expect(running).rejects.toThrow('stopped');
    expect(await readdir(folder.path)).toEqual(['task.json']);
  });
});
