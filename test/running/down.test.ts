import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { containerLabels } from '../../src/engine/container-labels.ts';
import { EnvironmentError } from '../../src/errors.ts';
import { type DownWorld, endProject } from '../../src/running/down.ts';
import type { Job, Scheduler, TaskState } from '../../src/scheduler/port.ts';
import { beAtWork } from '../../src/tasks/at-work.ts';
import { writeJson } from '../../src/tasks/task-folder.ts';
import { fakeEngine } from '../support/fake-engine.ts';
import { folderWith } from '../support/folder.ts';
import { quiet, recorder } from '../support/recorder.ts';

interface Vsc {
  readonly pid?: number;
  readonly hostname?: string;
  readonly started?: number;
}
const by = ({ pid = 7, hostname = 'here', started = 1000 }: Vsc = {}) => ({
  pid,
  hostname,
  started,
});

/** A machine with these containers of a project, on which process 7 began at 1000, and ends when it is asked to. */
async function machine(
  containers: Readonly<Record<string, Vsc>> = {},
  change: Partial<DownWorld> = {},
) {
  const root = await folderWith();
  const there = new Map(Object.entries(containers));
  const said: string[] = [];
  const alive = new Set([1, 7]);
  const { reporter, events } = recorder();
  const world: DownWorld = {
    engine: {
      ...fakeEngine(),
      listContainers: async () =>
        [...there].map(([name, owner]) => ({
          id: name,
          name,
          labels: containerLabels(root, by(owner)),
        })),
      stopContainer: async (id, seconds) => void said.push(`stop ${id} in ${seconds} s`),
      removeContainer: async (id) => {
        said.push(`remove ${id}`);
        there.delete(id);
      },
    },
    reporter,
    signal: quiet,
    owner: { pid: 1, hostname: 'here', started: 5000 },
    isAlive: (pid) => alive.has(pid),
    startOf: async (pid) => (pid === 7 ? 1000.7 : undefined),
    askToEnd: (pid) => {
      said.push(`end ${pid}`);
      alive.delete(pid);
      return true;
    },
    cluster: async () => {
      throw new Error('not expected to be asked');
    },
    ...change,
  };
  const down = (dryRun = false) => endProject(root, dryRun, world);
  return {
    root,
    there,
    said,
    down,
    world,
    events,
    warnings: () => events.map((it) => ('message' in it ? it.message : '')),
  };
}

it('finds nothing where nothing runs', async () => {
  const { down, said } = await machine();
  expect(await down()).toEqual({ processes: [], containers: [], jobs: [] });
  expect(said).toEqual([]);
});

it('ends the vsc first, then its containers, politely', async () => {
  const { down, said, there } = await machine({ b: {}, a: {} });
  expect(await down()).toEqual({ processes: [7], containers: ['a', 'b'], jobs: [] });
  expect(said[0]).toBe('end 7');
  expect(said.indexOf('stop a in 3 s')).toBeLessThan(said.indexOf('remove a'));
  expect(there.size).toBe(0);
});

it('only tells on a dry run', async () => {
  const { down, said } = await machine({ a: {} });
  expect(await down(true)).toEqual({ processes: [7], containers: ['a'], jobs: [] });
  expect(said).toEqual([]);
});

it.each<[string, Vsc]>([
  ['is dead', { pid: 8 }],
  ['has a pid that another process has by now', { started: 900 }],
  ['is this one', { pid: 1 }],
])('ends only the containers of a vsc that %s', async (_, owner) => {
  const { down, said, events } = await machine({ a: owner });
  expect(await down()).toEqual({ processes: [], containers: ['a'], jobs: [] });
  expect(said).toEqual(['stop a in 3 s', 'remove a']);
  expect(events).toEqual([]);
});

it.each<[string, Vsc, Partial<DownWorld>]>([
  ['the system does not tell when it began', {}, { startOf: async () => undefined }],
  ['its containers are of an older vsc', { started: Number.NaN }, {}],
])('leaves a process alone, and says so, where %s', async (_, owner, change) => {
  const { down, said, warnings } = await machine({ a: owner }, change);
  expect(await down()).toEqual({ processes: [], containers: ['a'], jobs: [] });
  expect(said).not.toContain('end 7');
  expect(warnings().join()).toContain('Process 7 may be the vsc that began this');
});

it('ends a vsc whose other container names its pid from another time', async () => {
  const { down } = await machine({ a: { started: 10 }, b: {} });
  expect((await down()).processes).toEqual([7]);
});

it('leaves what another machine has started in a folder of the same path', async () => {
  const { down, there, warnings } = await machine({ a: { hostname: 'there' }, b: {} });
  expect(await down()).toEqual({ processes: [7], containers: ['b'], jobs: [] });
  expect([...there.keys()]).toEqual(['a']);
  expect(warnings()).toEqual(['a stays: it was started on there, in a folder of the same path.']);
});

it('ends a container that was being made meanwhile', async () => {
  const { down, there, world } = await machine({ a: {} });
  const { removeContainer } = world.engine;
  world.engine.removeContainer = async (id) => {
    await removeContainer(id);
    if (id === 'a') there.set('late', {});
  };
  expect((await down()).containers).toEqual(['a', 'late']);
});

/** Has somebody say that he has tasks run in a batch. */
async function atWork(root: string, owner = by()) {
  const folder = join(root, 'batch/subs-test-descriptor');
  await mkdir(folder, { recursive: true });
  return beAtWork(folder, { owner, isAlive: (pid) => pid === 7 });
}

it('ends a batch between two of its containers', async () => {
  const { root, down, said } = await machine();
  await using _ = await atWork(root);
  expect((await down()).processes).toEqual([7]);
  expect(said).toEqual(['end 7']);
});

it('knows no batch that has ended, nor one that was killed', async () => {
  const { root, down } = await machine();
  await (await atWork(root))[Symbol.asyncDispose]();
  await atWork(root, by({ pid: 8 }));
  expect((await down()).processes).toEqual([]);
});

it("does not claim to have ended another user's vsc", async () => {
  const { down, warnings } = await machine({ a: {} }, { askToEnd: () => false });
  expect(await down()).toEqual({ processes: [], containers: ['a'], jobs: [] });
  expect(warnings()).toEqual(["vsc (process 7) is another user's, and goes on."]);
});

describe('with jobs on a cluster', () => {
  const tasks = ['/t/1', '/t/2', '/t/3'];

  /** A project that has handed over a job of three tasks; what its cluster says of them, and is told. */
  async function cluster(states: readonly TaskState['kind'][]) {
    const cancelled: string[] = [];
    const scheduler = {
      name: 'Slurm',
      async *watch() {
        yield new Map(tasks.map((task, at) => [task, { kind: states[at] }]));
      },
      cancel: async (jobs: readonly Job[]) => void cancelled.push(...jobs.map(({ id }) => id)),
    } as unknown as Scheduler;
    const made = await machine({ a: { pid: 8 } }, { cluster: async () => scheduler });
    const jobs = join(made.root, 'describe/x-test/jobs');
    await mkdir(jobs, { recursive: true });
    const array = { name: 'array', folder: jobs };
    const handedOver = [{ id: '12', name: 'array', tasks }];
    const entry = {
      scheduler: 'Slurm',
      at: 'now',
      array,
      keys: {},
      jobs: handedOver,
      isWhole: true,
    };
    await writeJson(join(jobs, 'array.json'), entry);
    return { ...made, cancelled, jobs };
  }

  it('cancels and forgets them', async () => {
    const { down, cancelled, jobs } = await cluster(['over', 'running', 'waiting']);
    expect(await down(true)).toEqual({ processes: [], containers: ['a'], jobs: ['12'] });
    expect(cancelled).toEqual([]);
    expect(await down()).toEqual({ processes: [], containers: ['a'], jobs: ['12'] });
    expect(cancelled).toEqual(['12']);
    expect(await readdir(jobs)).toEqual([]);
  });

  it('says nothing of those that are over', async () => {
    const { down } = await cluster(['over', 'over', 'over']);
    expect((await down()).jobs).toEqual([]);
  });

  it('ends the containers all the same where the cluster can not be asked, and says so', async () => {
    const { down, there, world } = await cluster([]);
    const error = new EnvironmentError('no tools');
    Object.assign(world, { cluster: () => Promise.reject(error) });
    await expect(down()).rejects.toBe(error);
    expect(there.size).toBe(0);
  });
});
