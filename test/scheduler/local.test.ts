import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { localScheduler } from '../../src/scheduler/local.ts';
import { folderWith } from '../support/folder.ts';
import { schedulerContract } from './contract.ts';
import {
  beginnings,
  gated,
  handOver,
  hasBegun,
  letGo,
  scriptedTasks,
  watchAll,
  worker,
} from './support.ts';

const [bash, script] = worker;

const make = (parallel = 6) =>
  localScheduler({
    parallel,
    node: 'here',
    work: async (task, signal) => {
      const args = [script, '--node', 'here', '--gpus', '', task];
      await execa(bash, args, { cancelSignal: signal, stdio: 'ignore' });
    },
  });

describe('this machine', () => {
  schedulerContract(make);

  it('runs no more at a time than it may, of all arrays together', async () => {
    const scheduler = make(1);
    const folder = await folderWith();
    const [a = '', b = ''] = await scriptedTasks(folder, { a: gated, b: gated });
    const first = await handOver(scheduler, { folder, tasks: [a] });
    const second = await handOver(scheduler, { folder, tasks: [b] });
    await hasBegun(a);
    expect(await beginnings(b)).toEqual([]);
    await letGo(a, b);
    const { last } = await watchAll(scheduler, [...first, ...second]);
    expect([...last.values()].map(({ kind }) => kind)).toEqual(['over', 'over']);
  });

  it('has all that the engine has', async () => {
    const needs = { cores: 64, gpus: 0 };
    expect(await make().check(needs, AbortSignal.timeout(1000))).toEqual([]);
  });
});
