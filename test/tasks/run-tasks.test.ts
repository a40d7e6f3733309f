import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EnvironmentError, Interrupted } from '../../src/errors.ts';
import { JobBook } from '../../src/tasks/job-book.ts';
import type { TaskRunner } from '../../src/tasks/run-task.ts';
import { runTasks } from '../../src/tasks/run-tasks.ts';
import type { TasksRun, TasksWorld } from '../../src/tasks/task-runs.ts';
import { fakeEngine } from '../support/fake-engine.ts';
import { folderWith } from '../support/folder.ts';
import { quiet, recorder } from '../support/recorder.ts';
import { type Fate, plannedTask, ScriptedScheduler, version } from './support.ts';

const needs = { cores: 1, gpus: 0 };
const image = { id: 'sha256:0', name: 'mine', digests: [], archive: '/nowhere.tar' };
const well: TaskRunner = (_, attempt) => attempt.succeed({ made: 1 });

/** Three tasks, `a` to `c`, and all that is needed to have them run. */
async function stage(
  fates: Readonly<Record<string, readonly Fate[]>> = {},
  run: TaskRunner = well,
  options: { readonly outlives?: boolean; readonly attempts?: number } = {},
) {
  const folder = await folderWith();
  const tasks = await Promise.all(
    ['a', 'b', 'c'].map((name) => plannedTask(join(folder, 'tasks', name))),
  );
  const scheduler = new ScriptedScheduler(fates, run, options);
  const interruption = new AbortController();
  const insistence = new AbortController();
  const { reporter, events } = recorder();
  const ended: string[] = [];
  const world: TasksWorld = {
    engine: async () => fakeEngine(),
    reporter,
    signal: interruption.signal,
    insistence: () => insistence.signal,
    version,
    onOutcome: async ({ name }, { ending }) => void ended.push(`${name} ${ending}`),
    onCounts: () => {},
  };
  const pause = async () => {};
  const tasksRun: TasksRun = { scheduler, needs, folder, image, pause };
  const go = (change: Partial<TasksRun> = {}) => runTasks(tasks, { ...tasksRun, ...change }, world);
  const jobs = async () => new JobBook(join(folder, 'jobs'), scheduler).read();
  return { folder, tasks, scheduler, interruption, insistence, events, ended, go, jobs };
}

describe('tasks that are handed over', () => {
  it('are run once, after a look at a node, and nothing of them is left with the scheduler', async () => {
    const { go, scheduler, ended, jobs, folder } = await stage();
    expect(await go()).toEqual([]);
    expect(ended.sort()).toEqual(['a done', 'b done', 'c done']);
    expect(scheduler.arrays[0]?.name).toMatch(/^vsc-probe-/);
    expect(scheduler.handedOver).toEqual([['a', 'b', 'c']]);
    expect(await jobs()).toEqual([]);
    expect(await readdir(join(folder, 'probe'))).toEqual([]);
  });

  it('are not handed over where they can never run', async () => {
    const { go, scheduler } = await stage();
    scheduler.inTheWay = ['There is no partition nope.', 'There are no GPUs.'];
    const error = await go().catch((thrown) => thrown);
    expect(error).toBeInstanceOf(EnvironmentError);
    expect([error.message, ...error.next]).toEqual([
      "Tasks can't run on Scripted.",
      'There is no partition nope.',
      'There are no GPUs.',
    ]);
    expect(scheduler.arrays).toEqual([]);
  });

  it('are to blame themselves where they say so, and are not tried again', async () => {
    const failing: TaskRunner = (_, attempt) => attempt.fail({ message: 'mine' });
    const { go, scheduler, ended } = await stage({}, failing);
    expect(await go()).toEqual([]);
    expect(ended.sort()).toEqual(['a failed', 'b failed', 'c failed']);
    expect(scheduler.handedOver).toHaveLength(1);
  });
});

describe('what is no fault of a task', () => {
  it('has it tried again, away from where it happened', async () => {
    const { go, scheduler, ended } = await stage({ b: ['lost', 'pre-empted', 'runs'] });
    expect(await go()).toEqual([]);
    expect(ended.sort()).toEqual(['a done', 'b done', 'c done']);
    expect(scheduler.handedOver).toEqual([['a', 'b', 'c'], ['b'], ['b']]);
    expect(scheduler.arrays.at(-1)?.avoid).toEqual(['node1']);
  });

  it('three times is enough: it is given up with the evidence, and the others go on', async () => {
    const { go, scheduler, ended } = await stage({ b: ['lost', 'out-of-time', 'unknown'] });
    const [givenUp] = await go();
    expect(ended.sort()).toEqual(['a done', 'c done']);
    expect(givenUp?.task.name).toBe('b');
    expect(givenUp?.faults.map(({ message }) => message).sort()).toEqual([
      'Its node was lost on node1, as Scripted tells (LOST).',
      'Nobody knows what became of it on node1, as Scripted tells (UNKNOWN).',
      "The scheduler's time for it was over on node1, as Scripted tells (OUT-OF-TIME).",
    ]);
    expect(scheduler.handedOver).toHaveLength(3);
    // The same command tries anew: what was before is not counted.
    const again = await go();
    expect(again[0]?.faults).toHaveLength(3);
    expect(scheduler.handedOver).toHaveLength(6);
  });

  it('is tried again where it gives no sign of life, though the scheduler says that it runs', async () => {
    const { go, scheduler, ended, tasks } = await stage({
      a: ['lost', 'runs'],
      b: ['stuck', 'runs'],
    });
    let seconds = 0;
    const clock = () => {
      seconds += 10;
      return seconds;
    };
    expect(await go({ clock })).toEqual([]);
    expect(ended.sort()).toEqual(['a done', 'b done', 'c done']);
    expect(scheduler.dropped).toEqual(['b']);
    expect(scheduler.handedOver).toEqual([['a', 'b', 'c'], ['a'], ['b']]);
    expect(scheduler.arrays.at(-1)?.avoid).toEqual(['node1']);
    expect(seconds).toBeGreaterThan(180);
    const [fault] = (await tasks[1]?.folder.faults('k')) ?? [];
    expect(fault).toMatchObject({
      node: 'node1',
      cause: 'lost',
      message: 'It gave no sign of life on node1 for 3 minutes, though Scripted says that it runs.',
    });
  });

  it('is told in the words of the node that met it', async () => {
    const broken: TaskRunner = async () => {
      throw new EnvironmentError('The disk is full.', ['Make room.']);
    };
    const { go } = await stage({}, broken);
    const givenUp = await go();
    expect(givenUp).toHaveLength(3);
    expect(givenUp[0]?.faults).toHaveLength(3);
    expect(givenUp[0]?.faults[0]).toMatchObject({
      node: 'node1',
      cause: 'environment',
      message: 'The disk is full.',
      next: ['Make room.'],
    });
  });

  it('ends all where there is nowhere else to go', async () => {
    const broken: TaskRunner = async () => {
      throw new EnvironmentError('The engine is gone.', ['Start it.']);
    };
    const { go, scheduler } = await stage({}, broken, { outlives: false, attempts: 1 });
    const error = await go({ stopAfter: 1 }).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(EnvironmentError);
    expect([error.message, ...error.next]).toEqual(['The engine is gone.', 'Start it.']);
    expect(scheduler.cancelled).toHaveLength(1);
  });

  it('is not somebody who cancelled it: that is not tried again', async () => {
    const { go, scheduler } = await stage({ c: ['cancelled'] });
    const [givenUp] = await go();
    expect(givenUp?.task.name).toBe('c');
    expect(givenUp?.faults[0]?.next).toEqual(['The same command goes on with it.']);
    expect(scheduler.handedOver).toHaveLength(1);
  });
});

describe('an interruption', () => {
  const interruptedWhenRunning = async (by: 'SIGINT' | 'SIGTERM') => {
    const staged = await stage({ b: ['stuck'] });
    const running = staged.go().catch((thrown) => thrown);
    while (staged.ended.length < 2) await new Promise((resolve) => setImmediate(resolve));
    staged.interruption.abort(new Interrupted(by));
    return { ...staged, running };
  };

  it('leaves what lives on with the scheduler, and says how to come back to it', async () => {
    const { running, scheduler, events, jobs } = await interruptedWhenRunning('SIGTERM');
    expect(await running).toBeInstanceOf(Interrupted);
    expect(scheduler.cancelled.map(({ name }) => name)).toEqual([
      expect.stringMatching(/^vsc-probe/),
    ]);
    expect(events.at(-1)).toMatchObject({
      message: 'Scripted goes on with what it was given (2). To come back to it: the same command.',
    });
    expect(await jobs()).toHaveLength(1);
  });

  it('cancels it where that is insisted on', async () => {
    const { running, scheduler, insistence, jobs, events } = await interruptedWhenRunning('SIGINT');
    insistence.abort();
    expect(await running).toBeInstanceOf(Interrupted);
    expect(scheduler.cancelled.at(-1)?.id).toBe('2');
    expect(events.at(-1)).toMatchObject({ message: 'Cancelled 2.' });
    expect(await jobs()).toEqual([]);
  });
});

describe('jobs that another process handed over', () => {
  /** Stages tasks of which `a` and `b` were handed over by a process that was may have been killed at `onJob`. */
  const handedOver = async (onJob: () => Promise<void> = async () => {}) => {
    const staged = await stage();
    const { folder, tasks, scheduler } = staged;
    const book = new JobBook(join(folder, 'jobs'), scheduler);
    await book.read();
    const array = {
      name: 'vsc-before',
      folder: join(folder, 'jobs'),
      tasks: tasks.slice(0, 2).map((task) => task.folder.path),
      needs,
      avoid: [],
    };
    await book.submit(array, onJob, quiet).catch(() => {});
    return staged;
  };

  it('are come back to: what runs is not handed over again, what is missing is', async () => {
    const { go, scheduler, ended } = await handedOver();
    expect(await go()).toEqual([]);
    expect(ended.sort()).toEqual(['a done', 'b done', 'c done']);
    expect(scheduler.handedOver).toEqual([['a', 'b'], ['c']]);
  });

  it('are found though nobody lived to write them down', async () => {
    const { go, scheduler, ended, jobs } = await handedOver(() =>
      Promise.reject(new Error('killed')),
    );
    expect((await jobs())[0]?.jobs).toEqual([]);
    expect(await go()).toEqual([]);
    expect(ended.sort()).toEqual(['a done', 'b done', 'c done']);
    expect(scheduler.handedOver).toEqual([['a', 'b'], ['c']]);
    expect(await jobs()).toEqual([]);
  });

  it('are ended where they are of tasks that are other ones by now', async () => {
    const { go, scheduler, tasks, ended } = await handedOver();
    const [a] = tasks;
    await plannedTask(a?.folder.path ?? '', { key: 'changed' });
    Object.assign(a ?? {}, { key: 'changed' });
    expect(await go()).toEqual([]);
    expect(ended.sort()).toEqual(['a done', 'b done', 'c done']);
    expect(scheduler.cancelled[0]?.name).toBe('vsc-before');
    expect(scheduler.handedOver).toEqual([
      ['a', 'b'],
      ['a', 'b', 'c'],
    ]);
  });

  it('are handed over again where they were cancelled before', async () => {
    const { go, scheduler, ended, jobs } = await handedOver();
    await scheduler.cancel((await jobs())[0]?.jobs ?? []);
    expect(await go()).toEqual([]);
    expect(ended.sort()).toEqual(['a done', 'b done', 'c done']);
    expect(scheduler.handedOver).toEqual([
      ['a', 'b'],
      ['c', 'a', 'b'],
    ]);
  });
});

describe('a scheduler that does not answer', () => {
  it('is no reason to have done it for nothing: the next command ends what is left', async () => {
    const { go, scheduler, ended, jobs, events } = await stage();
    const { cancel } = scheduler;
    scheduler.cancel = async (gone) => {
      if (!gone[0]?.name.startsWith('vsc-probe')) throw new EnvironmentError('No answer.');
      await cancel.call(scheduler, gone);
    };
    expect(await go()).toEqual([]);
    expect(ended).toHaveLength(3);
    expect(events.at(-1)).toMatchObject({
      type: 'warning',
      message: 'All is done, but Scripted did not answer when it was to forget it (2): No answer.',
    });
    scheduler.cancel = cancel;
    expect(await go()).toEqual([]);
    expect(await jobs()).toEqual([]);
  });

  it('half way leaves what it has, and says so', async () => {
    const { go, scheduler, events, jobs } = await stage({ a: ['lost'], b: ['stuck'] });
    const { submit } = scheduler;
    scheduler.submit = async (array, onJob) => {
      if (scheduler.handedOver.length > 0) throw new EnvironmentError('No answer.');
      await submit.call(scheduler, array, onJob);
    };
    const error = await go().catch((thrown) => thrown);
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(events.at(-1)).toMatchObject({
      message: 'Scripted goes on with what it was given (2). To come back to it: the same command.',
    });
    expect(await jobs()).not.toEqual([]);
  });
});
