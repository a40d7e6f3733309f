import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAlive } from '../../src/processes.ts';
import type { Needs } from '../../src/scheduler/port.ts';
import { type SlurmWorld, slurmScheduler } from '../../src/scheduler/slurm.ts';
import { schedulerContract } from '../scheduler/contract.ts';
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
import { folderWith } from '../support/folder.ts';
import { type SlurmCluster, startSlurm } from '../support/slurm.ts';

let cluster: SlurmCluster;

beforeAll(async () => {
  cluster = await startSlurm('MaxArraySize=4');
});

afterAll(() => cluster?.stop());

const make = (change: Partial<SlurmWorld> = {}) =>
  slurmScheduler({
    command: worker,
    options: [],
    env: cluster.env,
    pace: { first: 0.2, most: 0.5 },
    ...change,
  });

/** A folder of programs in place of Slurm's own. */
async function pathWith(programs: Readonly<Record<string, string>>): Promise<string> {
  const folder = await folderWith();
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(folder, name), `#!/bin/bash\n${script}\n`);
    await chmod(join(folder, name), 0o755);
  }
  return folder;
}

describe('Slurm', () => {
  schedulerContract(make);

  it('has an array in as many jobs as it takes', async () => {
    const scheduler = make();
    const folder = await folderWith();
    const names = [...'abcdefghij'];
    const scripts = Object.fromEntries(names.map((name) => [name, 'true']));
    const tasks = await scriptedTasks(folder, scripts);
    const jobs = await handOver(scheduler, { folder, tasks });
    expect(jobs.map((job) => job.tasks.length)).toEqual([4, 4, 2]);
    const found = await make().find({ name: jobs[0]?.name ?? '', folder });
    expect([...found].sort((a, b) => Number(a.id) - Number(b.id))).toEqual(jobs);
    expect(await make().find({ name: 'vsc-nobodys', folder })).toEqual([]);
    await scheduler.cancel(jobs);
  });

  it('gives a task the GPUs that it asked for, and tells it which', async () => {
    const scheduler = make();
    const folder = await folderWith();
    const tasks = await scriptedTasks(folder, { with: 'true', without: 'true' });
    const [one = '', other = ''] = tasks;
    const needs = { cores: 1, gpus: 1 };
    const jobs = [
      ...(await handOver(scheduler, { folder, tasks: [one], needs })),
      ...(await handOver(scheduler, { folder, tasks: [other] })),
    ];
    await watchAll(scheduler, jobs);
    expect(await beginnings(one)).toMatchObject([{ node: 'node1', gpus: '0' }]);
    expect(await beginnings(other)).toMatchObject([{ gpus: '' }]);
  });

  it('keeps away from nodes, but not from the last one that will do', async () => {
    const scheduler = make();
    const folder = await folderWith();
    const tasks = await scriptedTasks(folder, { anywhere: 'true', there: 'true', unknown: 'true' });
    const [anywhere = '', there = '', unknown = ''] = tasks;
    const jobs = [
      ...(await handOver(scheduler, { folder, tasks: [anywhere], avoid: ['node1', 'node2'] })),
      ...(await handOver(scheduler, {
        folder,
        tasks: [there],
        avoid: ['node1'],
        needs: { cores: 1, gpus: 1 },
      })),
      ...(await handOver(scheduler, { folder, tasks: [unknown], avoid: ['gone'] })),
    ];
    await watchAll(scheduler, jobs);
    expect(await beginnings(anywhere)).toMatchObject([{ node: 'node3' }]);
    expect(await beginnings(there)).toMatchObject([{ node: 'node1' }]);
    expect(await beginnings(unknown)).toHaveLength(1);
  });

  it('gives a task the environment that means the same everywhere, and no secrets', async () => {
    const env = {
      ...cluster.env,
      HOME: '/my/home',
      DOCKER_HOST: 'tcp://1.2.3.4:2375',
      DOCKER_CONTEXT: 'far',
      REGISTRY_PASSWORD: 'hush',
      SQUEUE_FORMAT: '%i',
    };
    const scheduler = make({ env });
    const folder = await folderWith();
    const tasks = await scriptedTasks(folder, { a: 'env >env' });
    await watchAll(scheduler, await handOver(scheduler, { folder, tasks }));
    const told = await readFile(join(folder, 'a', 'env'), 'utf8');
    expect(told).toMatch(/^HOME=\/my\/home$/m);
    expect(told).not.toMatch(/DOCKER|hush|SQUEUE/);
  });

  it('keeps what a task says beside its script, whatever the folder is called', async () => {
    const scheduler = make();
    const folder = join(await folderWith(), `100% of "it's" %a`);
    const tasks = await scriptedTasks(folder, { a: 'echo out; echo err >&2' });
    const [job] = await handOver(scheduler, { folder, tasks });
    await watchAll(scheduler, job ? [job] : []);
    const said = join(folder, `${job?.name}-${job?.id}_0.out`);
    expect(await readFile(said, 'utf8')).toBe('out\nerr\n');
  });

  it('says of paths that it can not be told which they are', async () => {
    const scheduler = make();
    const folder = await folderWith();
    const handOverTo = (path: string) => handOver(scheduler, { folder: path, tasks: ['/task'] });
    await mkdir(join(folder, 'a\\b'));
    await expect(handOverTo(join(folder, 'a\\b'))).rejects.toThrow(
      /There is a backslash in a path/,
    );
    await expect(handOverTo(`${folder}/a\nb`)).rejects.toThrow(/There is a line end in a path/);
  });

  it('finds a job that was taken although sbatch failed', async () => {
    // As it is where a controller has so much to do that its answer comes too late.
    const path = await pathWith({
      sbatch: `PATH=${cluster.env.PATH} sbatch "$@" >/dev/null; echo "sbatch: error: Socket timed out" >&2; exit 1`,
    });
    const scheduler = make({ env: { ...cluster.env, PATH: `${path}:${cluster.env.PATH}` } });
    const folder = await folderWith();
    const scripts = Object.fromEntries([...'abcdef'].map((name) => [name, gated]));
    const tasks = await scriptedTasks(folder, scripts);
    const jobs = await handOver(scheduler, { folder, tasks });
    expect(jobs.map((job) => job.tasks.length)).toEqual([4, 2]);
    await letGo(...tasks);
    await watchAll(scheduler, jobs);
    for (const task of tasks) expect(await beginnings(task)).toHaveLength(1);
  });

  it('says in its own words why it takes no tasks', async () => {
    const scheduler = make({ partition: 'nope' });
    const folder = await folderWith();
    const handingOver = handOver(scheduler, { folder, tasks: ['/task'] });
    await expect(handingOver).rejects.toThrow(/^sbatch: .*Invalid partition name specified/);
  });

  it('tells of a task that somebody else cancelled', async () => {
    const scheduler = make();
    const folder = await folderWith();
    const tasks = await scriptedTasks(folder, { a: 'exec sleep 600' });
    const jobs = await handOver(scheduler, { folder, tasks });
    const { node, pid } = await hasBegun(tasks[0] ?? '');
    await cluster.run('scancel', jobs[0]?.id ?? '');
    const { last } = await watchAll(scheduler, jobs);
    expect([...last.values()]).toEqual([
      { kind: 'over', cause: 'cancelled', node, detail: 'CANCELLED' },
    ]);
    expect(isAlive(pid)).toBe(false);
  });

  it('tells in words what a task waits for', async () => {
    const scheduler = make({ partition: 'theirs' });
    const folder = await folderWith();
    const tasks = await scriptedTasks(folder, { a: 'true' });
    const jobs = await handOver(scheduler, { folder, tasks });
    let reason: string | undefined;
    const stop = new AbortController();
    const watching = async () => {
      for await (const states of scheduler.watch(jobs, stop.signal, () => {})) {
        const [state] = states.values();
        if (state?.kind === 'waiting') reason = state.reason;
        if (reason?.startsWith('what it will never get')) stop.abort();
      }
    };
    await expect(watching()).rejects.toThrow();
    expect(reason).toMatch(/^what it will never get: .*account not known/);
    await scheduler.cancel(jobs);
  });

  afterAll(async () => {
    // Nothing that was handed over waits or runs any more.
    expect(await cluster.run('squeue', '--noheader')).toBe('');
  });
});

describe('whether tasks can ever run', () => {
  const needs: Needs = { cores: 1, gpus: 0 };
  const hour = 3600;
  const check = (change: Partial<Needs>, world: Partial<SlurmWorld> = {}) =>
    make(world).check({ ...needs, ...change }, AbortSignal.timeout(60_000));

  it('is not doubted where they can', async () => {
    expect(await check({ cores: 2, memoryBytes: 2 ** 32, gpus: 1, seconds: hour })).toEqual([]);
    expect(await check({ seconds: 600 }, { partition: 'small' })).toEqual([]);
  });

  it.each<[Partial<Needs>, Partial<SlurmWorld>, readonly (string | RegExp)[]]>([
    [
      { cores: 99 },
      {},
      ['A task asks for 99 cores, and the partition "main" has 2 a node: ask for less (--cpus).'],
    ],
    [
      { memoryBytes: 1e11 },
      {},
      [
        'A task asks for 100 GB of memory, and the partition "main" has 8.39 GB a node: ask for less (--memory).',
      ],
    ],
    [
      { gpus: 4, cores: 3 },
      {},
      [
        'A task asks for 3 cores, and the partition "main" has 2 a node: ask for less (--cpus).',
        'A task asks for 4 GPUs, and the partition "main" has 1 a node: ask for less (--gpus).',
      ],
    ],
    [
      { gpus: 1 },
      { partition: 'small' },
      ['A task asks for 1 GPU, and the partition "small" has 0 a node: ask for less (--gpus).'],
    ],
    // These Slurm would take, and have them wait for ever.
    [
      { seconds: hour },
      { partition: 'small' },
      [
        'A task asks for 1 h 00 min, and the partition "small" ends tasks after 10 min: ask for less (--time).',
      ],
    ],
    [
      { memoryBytes: 2 ** 31 },
      { partition: 'small' },
      [
        'A task asks for 2.15 GB of memory, and the partition "small" has 1.05 GB a node: ask for less (--memory).',
      ],
    ],
    [
      {},
      { partition: 'closed' },
      [
        'The partition "closed" begins no tasks now, it is DOWN: sinfo lists the partitions, and --partition names one.',
      ],
    ],
    [
      {},
      { partition: 'nope' },
      ['There is no partition "nope" here. --partition may be: main, small, theirs, closed.'],
    ],
    [
      {},
      { options: ['--gres=tape:1'] },
      [
        /^Slurm refuses such a task: Invalid generic resource .* "sinfo -o '%P %G'" lists .*--gres=tape:1/,
      ],
    ],
    [
      {},
      { options: ['--account=nope'], partition: 'theirs' },
      [
        'The partition "theirs" is for the account "them", and not for "nope": --sbatch-option=--account=NAME names one that you have.',
      ],
    ],
    [{}, { options: ['--constraint=fast'] }, [/Invalid feature specification.*sinfo -o '%N %f'/]],
    [{}, { options: ['--bogus'] }, [/unrecognized option '--bogus'.* To try it by hand: sbatch /]],
    [
      {},
      { options: ['--array=1-3', '-J', 'mine'] },
      [
        '--array=1-3 is said by vsc itself: leave it out.',
        '-J is said by vsc itself: leave it out.',
      ],
    ],
  ])('is denied of %o on %o', async (change, world, told) => {
    const inTheWay = await check(change, world);
    expect(inTheWay).toEqual(
      told.map((line) => (typeof line === 'string' ? line : expect.stringMatching(line))),
    );
  });

  it('is left to Slurm alone where the user has said so in its own words', async () => {
    expect(await check({ cores: 99 }, { options: ['--cpus-per-task=1'] })).toEqual([]);
    expect(await check({ seconds: hour }, { options: ['--time=5'], partition: 'small' })).toEqual(
      [],
    );
  });

  it('is denied without its tools, naming those that are missing', async () => {
    const path = await pathWith({ sbatch: 'exit 0', squeue: 'exit 0' });
    expect(await check({}, { env: { ...cluster.env, PATH: path } })).toEqual([
      "scancel, scontrol, sinfo are not on the PATH: run this where jobs are submitted, or install Slurm's commands (Debian: slurm-client).",
    ]);
  });

  it('is denied without a cluster, saying where it is looked for', async () => {
    const of = (conf: string | undefined) =>
      check({}, { env: { ...cluster.env, SLURM_CONF: conf } });
    expect(await of('/no/slurm.conf')).toEqual([
      "SLURM_CONF is /no/slurm.conf, and there is no such file: it has to name the cluster's slurm.conf.",
    ]);
    const conf = await readFile(cluster.env.SLURM_CONF ?? '', 'utf8');
    const elsewhere = await folderWith({
      'slurm.conf': conf.replace(/^SlurmctldPort=.*/m, 'SlurmctldPort=9'),
    });
    expect(await of(join(elsewhere, 'slurm.conf'))).toEqual([
      expect.stringMatching(
        /^Slurm's controller does not answer \(Slurmctld\(primary\) at .* is DOWN\)\. SLURM_CONF is \S*slurm\.conf: is that the right cluster's\?/,
      ),
    ]);
    const [unset, empty] = [await of(undefined), await of('')];
    expect(unset).toEqual([expect.stringMatching(/SLURM_CONF is not set/)]);
    expect(empty).toEqual(unset);
  });

  it('is denied where a cluster says no at once, too', async () => {
    const conf = cluster.env.SLURM_CONF ?? '';
    const before = await readFile(conf, 'utf8');
    await writeFile(conf, `${before}EnforcePartLimits=ALL\n`);
    await cluster.run('scontrol', 'reconfigure');
    expect(await check({ seconds: hour }, { partition: 'small' })).toEqual([
      expect.stringMatching(/asks for 1 h 00 min/),
    ]);
    expect(await check({}, { partition: 'theirs' })).toEqual([
      expect.stringMatching(/Invalid account .* named by --sbatch-option=--account=NAME/),
    ]);
    await writeFile(conf, before);
    await cluster.run('scontrol', 'reconfigure');
  });
});
