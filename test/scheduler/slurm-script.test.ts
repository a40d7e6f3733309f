import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import type { Needs, TaskArray } from '../../src/scheduler/port.ts';
import {
  arrayScript,
  needsArguments,
  partArguments,
  partsOf,
  taskList,
} from '../../src/scheduler/slurm-script.ts';
import { jobEnvironment } from '../../src/scheduler/slurm-tools.ts';
import { folderWith } from '../support/folder.ts';

const command = ['/usr/bin/node', "/it's/main.js", 'run-task'];

describe('what sbatch is told', () => {
  it.each<[Partial<Needs>, object, readonly string[]]>([
    [{}, {}, ['--cpus-per-task=1']],
    [{ cores: 4, gpus: 2 }, {}, ['--cpus-per-task=4', '--gres=gpu:2']],
    // In units of 1024², and in minutes: 0 would be all of it, and no limit.
    [{ memoryBytes: 2 ** 31 + 1 }, {}, ['--cpus-per-task=1', '--mem=2049M']],
    [{ memoryBytes: 1 }, {}, ['--cpus-per-task=1', '--mem=1M']],
    [{ seconds: 61 }, {}, ['--cpus-per-task=1', '--time=2']],
    [{ seconds: 0 }, {}, ['--cpus-per-task=1', '--time=1']],
    // What the user says comes last, and so counts.
    [
      { seconds: 60 },
      { partition: 'big', options: ['--time=5'] },
      ['--cpus-per-task=1', '--time=1', '--partition=big', '--time=5'],
    ],
  ])('of %o with %o', (needs, options, told) => {
    const all = { command, options: [], ...options };
    expect(needsArguments({ cores: 1, gpus: 0, ...needs }, all)).toEqual(told);
  });

  const array: TaskArray = {
    name: 'vsc-1',
    folder: '/a 100%/b',
    tasks: ['/t'],
    needs: { cores: 1, gpus: 0 },
    avoid: [],
  };

  it('of an array, whose outputs Slurm is to put beside its script', () => {
    expect(partArguments(array, { first: 4, count: 3 }, '11')).toEqual([
      '--parsable',
      '--export=ALL',
      '--requeue',
      '--open-mode=append',
      '--job-name=vsc-1',
      '--array=0-2',
      '--chdir=/a 100%/b',
      '--output=/a 100%%/b/vsc-1-%A_%a.out',
    ]);
  });

  it('of nodes to keep away from, and of parts that may not run beside each other', () => {
    const change = { ...array, atOnce: 2, avoid: ['n1', 'n2'] };
    expect(partArguments(change, { first: 0, count: 4 })).toContain('--array=0-3%2');
    expect(partArguments(change, { first: 4, count: 4 }, '11').slice(-2)).toEqual([
      '--exclude=n1,n2',
      '--dependency=afterany:11',
    ]);
  });
});

describe('an array', () => {
  it.each([
    [0, []],
    [4, [{ first: 0, count: 4 }]],
    [
      9,
      [
        { first: 0, count: 4 },
        { first: 4, count: 4 },
        { first: 8, count: 1 },
      ],
    ],
  ])('of %i tasks is cut into parts of 4', (count, parts) => {
    expect(partsOf(count, 4)).toEqual(parts);
  });

  it('has a script that becomes the command, in words that the shell reads back', () => {
    const script = arrayScript({ command, options: [] }, "/a b/it's.tasks");
    expect(script).toContain(`"$line{p;q;}" '/a b/it'\\''s.tasks')`);
    expect(script.trimEnd().split('\n').at(-1)).toBe(
      `exec /usr/bin/node '/it'\\''s/main.js' run-task --node "$SLURMD_NODENAME" --gpus "$gpus" "$task"`,
    );
  });

  it.each([
    [{}, ''],
    [{ SLURM_JOB_GPUS: '0,2', CUDA_VISIBLE_DEVICES: '0,1' }, '0,2'],
    [{ SLURM_JOB_GPUS: '0', CUDA_VISIBLE_DEVICES: 'MIG-1a2b' }, 'MIG-1a2b'],
    [{ CUDA_VISIBLE_DEVICES: 'NoDevFiles' }, ''],
  ])('has a script that tells a task of its node and of its GPUs, by %o', async (env, gpus) => {
    const folder = await folderWith({ list: '/a\n/b c\n/d\n' });
    const options = { command: ['printf', '%s|'], options: [] };
    const script = arrayScript(options, join(folder, 'list'));
    const slurms = { SLURM_ARRAY_TASK_ID: '0', SLURMD_NODENAME: 'n1', ...env };
    const run = (first: number) =>
      execa('sh', ['-s', `${first}`], { input: script, env: slurms, reject: false });
    expect((await run(1)).stdout).toBe(`--node|n1|--gpus|${gpus}|/b c|`);
    const { exitCode, stderr } = await run(3);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: `There is no line 4 in ${folder}/list here.`,
    });
  });

  it('has a list with a line for each task', () => {
    const some = { tasks: ['/a b', '/%\\'], folder: '/f' } as unknown as TaskArray;
    expect(taskList(some, { command, options: [] })).toBe('/a b\n/%\\\n');
  });
});

describe('the environment of tasks', () => {
  it('has what means the same on every node', () => {
    const env = {
      PATH: '/bin',
      HOME: '/home/me',
      SLURM_CONF: '/etc/other.conf',
      SBATCH_ACCOUNT: 'us',
      DOCKER_HOST: 'unix:///run/user/1/docker.sock',
      XDG_RUNTIME_DIR: '/run/user/1',
    };
    expect(jobEnvironment(env)).toEqual(env);
  });

  it('has nothing else: no secrets, no other engine, nothing that changes what the tools print', () => {
    const env = {
      AWS_SECRET_ACCESS_KEY: 'hush',
      DOCKER_HOST: 'ssh://far',
      DOCKER_CONTEXT: 'far',
      SBATCH_EXPORT: 'NONE',
      SLURM_TIME_FORMAT: 'relative',
      SQUEUE_FORMAT: '%i',
      SLURM_CONF: '',
    };
    expect(jobEnvironment(env)).toEqual({});
  });
});
