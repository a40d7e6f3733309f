import { existsSync } from 'node:fs';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAlive } from '../../src/processes.ts';
import { slurmScheduler } from '../../src/scheduler/slurm.ts';
import {
  beginnings,
  gated,
  handOver,
  hasBegun,
  letGo,
  scriptedTasks,
  watchAll,
  worker,
} from '../scheduler/support.ts';
import { keptFolderWith } from '../support/folder.ts';
import { type SlurmCluster, startSlurm } from '../support/slurm.ts';

let cluster: SlurmCluster;
let folder: string;

beforeAll(async () => {
  folder = await keptFolderWith();
  cluster = await startSlurm();
});

afterAll(async () => {
  await cluster?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Slurm gives a node some seconds before it calls it lost, and looks at time limits twice a minute. */
const patience = 120_000;

const make = () =>
  slurmScheduler({
    command: worker,
    options: [],
    env: cluster.env,
    pace: { first: 0.2, most: 0.5 },
  });

/** A task that has begun, and runs until it is let go. */
async function begun(name: string, ...avoid: readonly string[]) {
  const scheduler = make();
  const [task = ''] = await scriptedTasks(folder, { [name]: gated });
  const jobs = await handOver(scheduler, { folder, tasks: [task], avoid });
  return { scheduler, task, jobs, ...(await hasBegun(task)) };
}

type Begun = Awaited<ReturnType<typeof begun>>;

/** That a task is run elsewhere once its node is lost, and comes to its end there. */
async function expectElsewhere({ scheduler, task, jobs, node }: Begun): Promise<void> {
  const { last, ways } = await watchAll(scheduler, jobs, async () => {
    if ((await beginnings(task)).length === 2) await letGo(task);
  });
  const [, second] = await beginnings(task);
  expect(second?.node).not.toBe(node);
  expect(last.get(task)).toMatchObject({ kind: 'over', cause: 'ended', node: second?.node });
  expect(ways.get(task)?.slice(-3)).toEqual(['waiting', 'running', 'over']);
}

describe('a cluster in which things go wrong', () => {
  let [lost, down, late, long]: (Begun | undefined)[] = [];

  beforeAll(async () => {
    lost = await begun('lost');
    down = await begun('down', lost.node);
    late = await begun('late', lost.node, down.node);
    long = await begun('long', lost.node, down.node);
  });

  describe.concurrent('at once', () => {
    it('runs a task elsewhere whose node has lost its power', { timeout: patience }, async () => {
      if (lost === undefined) throw new Error('It has not begun.');
      await cluster.meddle('kill-node', lost.node.replace('node', ''));
      await expectElsewhere(lost);
    });

    it('runs a task elsewhere whose node was set down', { timeout: patience }, async () => {
      if (down === undefined) throw new Error('It has not begun.');
      await cluster.run('scontrol', 'update', `nodename=${down.node}`, 'state=down', 'reason=test');
      await expectElsewhere(down);
      expect(isAlive(down.pid)).toBe(false);
    });

    it('ends a task that takes longer than it may', { timeout: patience }, async () => {
      if (late === undefined) throw new Error('It has not begun.');
      // As if its time had been over: the shortest that can be asked for is a minute.
      await cluster.run('scontrol', 'update', `jobid=${late.jobs[0]?.id}`, 'timelimit=0');
      const { last } = await watchAll(late.scheduler, late.jobs);
      const { node, pid } = late;
      expect([...last.values()]).toEqual([
        { kind: 'over', cause: 'out-of-time', node, detail: 'TIMEOUT, TimeLimit' },
      ]);
      expect(isAlive(pid)).toBe(false);
    });
  });

  it('waits for a controller that is away, says so once, and then goes on', {
    timeout: patience,
  }, async () => {
    if (long === undefined) throw new Error('It has not begun.');
    const { scheduler, task, jobs } = long;
    const silences: string[] = [];
    await cluster.meddle('kill-controller');
    let isBack: Promise<void> | undefined;
    const onSilence = (why: string) => {
      silences.push(why);
      isBack = cluster.meddle('start-controller');
    };
    const { last, ways } = await watchAll(scheduler, jobs, () => letGo(task), onSilence);
    await isBack;
    expect(silences).toEqual([
      expect.stringMatching(/^Slurm does not answer, and is asked again until it does: /),
    ]);
    expect(ways.get(task)).toEqual(['running', 'over']);
    expect(last.get(task)).toMatchObject({ kind: 'over', cause: 'ended' });
    expect(await beginnings(task)).toHaveLength(1);
  });

  it('takes back what Slurm holds since a node could not begin it', {
    timeout: patience,
  }, async () => {
    // As on a node whose own disk is full: there is no place for what a job needs.
    const spools = [1, 2, 3].map((node) =>
      join(dirname(cluster.env.SLURM_CONF ?? ''), `spool.node${node}`),
    );
    const places = spools.flatMap((spool) =>
      Array.from({ length: 99 }, (_, id) => join(spool, `job${String(id + 1).padStart(5, '0')}`)),
    );
    const taken = places.filter((place) => !existsSync(place));
    await Promise.all(taken.map((place) => writeFile(place, '')));
    const [task = ''] = await scriptedTasks(folder, { held: 'true' });
    const scheduler = make();
    const jobs = await handOver(scheduler, { folder, tasks: [task] });
    const { last } = await watchAll(scheduler, jobs);
    await Promise.all(taken.map((place) => rm(place)));
    expect([...last.values()]).toEqual([
      { kind: 'over', cause: 'lost', detail: 'launch failed requeued held' },
    ]);
    expect(await cluster.run('squeue', '-h', '-n', jobs[0]?.name ?? '')).toBe('');
  });

  it('does not take another job for one that was forgotten', { timeout: patience }, async () => {
    const before = lost?.jobs ?? [];
    await cluster.meddle('kill-controller');
    await rm(join(dirname(cluster.env.SLURM_CONF ?? ''), 'state'), { recursive: true });
    await cluster.meddle('start-controller');
    const [task = ''] = await scriptedTasks(folder, { new: gated });
    const scheduler = make();
    const jobs = await handOver(scheduler, { folder, tasks: [task] });
    expect(jobs[0]?.id).toBe(before[0]?.id);
    await hasBegun(task);
    const { last } = await watchAll(scheduler, before);
    expect([...last.values()]).toEqual([{ kind: 'over', cause: 'unknown' }]);
    await scheduler.cancel(before);
    await letGo(task);
    const { last: end } = await watchAll(scheduler, jobs);
    expect([...end.values()]).toMatchObject([{ kind: 'over', cause: 'ended' }]);
  });

  it('is gone when it is stopped, with all that ran there', async () => {
    const detaches = 'setsid sleep 600 >/dev/null 2>&1 & echo $! >child; exec sleep 600';
    const [task = ''] = await scriptedTasks(folder, { detached: detaches });
    await handOver(make(), { folder, tasks: [task] });
    const { pid } = await hasBegun(task);
    const written = () => readFile(join(task, 'child'), 'utf8').catch(() => '');
    await expect.poll(written, { timeout: 120_000 }).toMatch(/\n$/);
    const child = Number(await written());
    await cluster.stop();
    // What was killed is there until its new parent has noticed.
    await expect
      .poll(() => [pid, child].map(isAlive), { timeout: 120_000 })
      .toEqual([false, false]);
    await expect(stat(dirname(cluster.env.SLURM_CONF ?? ''))).rejects.toThrow('ENOENT');
  });
});
