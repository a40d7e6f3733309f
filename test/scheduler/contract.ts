import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isAlive } from '../../src/processes.ts';
import type { Scheduler } from '../../src/scheduler/port.ts';
import { folderWith } from '../support/folder.ts';
import {
  beginnings,
  gated,
  handOver,
  hasBegun,
  letGo,
  scriptedTasks,
  watchAll,
} from './support.ts';

/** What is told of a task that ended by itself. */
const ended = { kind: 'over', cause: 'ended' };

/** Notes when it began and when it ended. */
const timed = 'date +%s%N >from; sleep 0.3; date +%s%N >to';

/** Most tasks of these that ran at the same time, as they have noted it. */
async function mostAtOnce(tasks: readonly string[]): Promise<number> {
  const at = async (task: string, name: string) => Number(await readFile(join(task, name), 'utf8'));
  const steps = await Promise.all(
    tasks.flatMap((task) => [
      at(task, 'from').then((time) => ({ time, step: 1 })),
      at(task, 'to').then((time) => ({ time, step: -1 })),
    ]),
  );
  let [now, most] = [0, 0];
  for (const { step } of steps.sort((a, b) => a.time - b.time)) {
    now += step;
    most = Math.max(most, now);
  }
  return most;
}

/**
 * What every scheduler has to keep, with real processes.
 * @param make one more scheduler of the same kind, as another process would have it
 */
export function schedulerContract(make: () => Scheduler): void {
  describe('tasks that are handed over', () => {
    it('are run once each, in their own folders, and told to be over', async () => {
      const scheduler = make();
      const folder = await folderWith();
      const names = [...'abcdefghi'];
      const scripts = names.map((name) => [name, 'pwd >here'] as const);
      const tasks = await scriptedTasks(folder, Object.fromEntries(scripts));
      const jobs = await handOver(scheduler, { folder, tasks });
      expect(jobs.flatMap((job) => job.tasks)).toEqual(tasks);
      const { last } = await watchAll(scheduler, jobs);
      expect([...last.keys()]).toEqual(tasks);
      for (const task of tasks) {
        expect(last.get(task)).toMatchObject(ended);
        expect(await beginnings(task)).toHaveLength(1);
        expect(await readFile(join(task, 'here'), 'utf8')).toBe(`${task}\n`);
      }
    });

    it('run no more at a time than they may', async () => {
      const scheduler = make();
      const folder = await folderWith();
      const names = [...'abcdef'];
      const scripts = Object.fromEntries(names.map((name) => [name, timed]));
      const tasks = await scriptedTasks(folder, scripts);
      const jobs = await handOver(scheduler, { folder, tasks, atOnce: 2 });
      await watchAll(scheduler, jobs);
      expect(await mostAtOnce(tasks)).toBe(2);
    });

    it('wait, run and are over, and that is told', async () => {
      const scheduler = make();
      const folder = await folderWith();
      const tasks = await scriptedTasks(folder, { a: gated, b: gated });
      const jobs = await handOver(scheduler, { folder, tasks, atOnce: 1 });
      const { ways } = await watchAll(scheduler, jobs, async (states) => {
        for (const [task, state] of states) {
          if (state.kind !== 'running') continue;
          expect(state.node).toBe((await hasBegun(task)).node);
          await letGo(task);
        }
      });
      const [a = '', b = ''] = tasks;
      expect(ways.get(a)?.slice(-2)).toEqual(['running', 'over']);
      expect(ways.get(b)).toEqual(['waiting', 'running', 'over']);
    });

    it('are over where they fail, as where they do not', async () => {
      const scheduler = make();
      const folder = await folderWith();
      const tasks = await scriptedTasks(folder, { fails: 'exit 3', dies: 'kill -9 $$' });
      const { last } = await watchAll(scheduler, await handOver(scheduler, { folder, tasks }));
      for (const task of tasks) {
        expect(last.get(task)).toMatchObject({ ...ended, detail: expect.any(String) });
        expect(await beginnings(task)).toHaveLength(1);
      }
    });

    it('may be in folders of any name', async () => {
      const scheduler = make();
      const folder = await folderWith();
      const odd = `it's "odd" 100% %a %A $HOME \`id\` ; & é`;
      const home = join(folder, odd);
      const scripts = { [`1 ${odd}\\`]: 'echo out', '-n': 'echo out', ' b ': 'echo out' };
      const tasks = await scriptedTasks(home, scripts);
      const jobs = await handOver(scheduler, { folder: home, tasks });
      const { last } = await watchAll(scheduler, jobs);
      for (const task of tasks) {
        expect(last.get(task), task).toMatchObject(ended);
        expect(await beginnings(task)).toHaveLength(1);
      }
    });
  });

  describe('watching', () => {
    it('ends with its signal, and leaves the tasks alone', async () => {
      const scheduler = make();
      const folder = await folderWith();
      const tasks = await scriptedTasks(folder, { a: gated });
      const jobs = await handOver(scheduler, { folder, tasks });
      const { pid } = await hasBegun(tasks[0] ?? '');
      const stop = new AbortController();
      const watching = async () => {
        for await (const _ of scheduler.watch(jobs, stop.signal, () => {})) stop.abort('enough');
      };
      await expect(watching()).rejects.toBe('enough');
      expect(isAlive(pid)).toBe(true);
      await letGo(...tasks);
      await watchAll(scheduler, jobs);
    });

    it('is taken up by another process where tasks outlive the first one', async () => {
      const [scheduler, another] = [make(), make()];
      const folder = await folderWith();
      const tasks = await scriptedTasks(folder, { a: gated });
      const jobs = await handOver(scheduler, { folder, tasks });
      await hasBegun(tasks[0] ?? '');
      const found = await another.find({ name: jobs[0]?.name ?? '', folder });
      expect(found).toEqual(another.outlives ? jobs : []);
      const { last, ways } = await watchAll(another, jobs, () => letGo(...tasks));
      const [way] = ways.values();
      if (another.outlives) {
        expect(way?.slice(-2)).toEqual(['running', 'over']);
        expect(last.get(tasks[0] ?? '')).toMatchObject(ended);
      } else {
        expect([...last.values()]).toEqual([{ kind: 'over', cause: 'unknown' }]);
      }
      await watchAll(scheduler, jobs);
    });

    it('tells of jobs that nobody knows that they are over', async () => {
      const job = { id: '4000000', name: 'vsc-nobodys', tasks: ['/nowhere/a', '/nowhere/b'] };
      const { last } = await watchAll(make(), [job]);
      expect([...last.values()]).toEqual(job.tasks.map(() => ({ kind: 'over', cause: 'unknown' })));
      await make().cancel([job]);
    });
  });

  it('drops single tasks, and the others go on', async () => {
    const scheduler = make();
    const folder = await folderWith();
    const tasks = await scriptedTasks(folder, { a: 'exec sleep 600', b: gated });
    const jobs = await handOver(scheduler, { folder, tasks });
    const [a = '', b = ''] = tasks;
    const pids = [(await hasBegun(a)).pid, (await hasBegun(b)).pid];
    await scheduler.drop(jobs, [a, '/nowhere/c']);
    const { last } = await watchAll(scheduler, jobs, async (states) => {
      if (states.get(a)?.kind === 'over') await letGo(b);
    });
    expect(last.get(a)).toMatchObject({ kind: 'over', cause: 'cancelled' });
    expect(last.get(b)).toMatchObject(ended);
    expect(pids.map(isAlive)).toEqual([false, false]);
  });

  it('cancelling leaves none running, and begins none that waited', async () => {
    const scheduler = make();
    const folder = await folderWith();
    const tasks = await scriptedTasks(folder, {
      a: 'exec sleep 600',
      b: 'exec sleep 600',
      c: 'true',
    });
    const jobs = await handOver(scheduler, { folder, tasks, atOnce: 2 });
    const [a = '', b = '', c = ''] = tasks;
    const pids = [(await hasBegun(a)).pid, (await hasBegun(b)).pid];
    await scheduler.cancel(jobs);
    expect(pids.map(isAlive)).toEqual([false, false]);
    expect(await beginnings(c)).toEqual([]);
    const { last } = await watchAll(scheduler, jobs);
    expect([...last.values()]).toEqual(
      tasks.map(() => expect.objectContaining({ kind: 'over', cause: 'cancelled' })),
    );
    // Of what is over there is nothing to cancel.
    await scheduler.cancel(jobs);
  });
}
