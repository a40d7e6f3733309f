import { describe, expect, it } from 'vitest';
import { readNodes, readPartitions, whyNever } from '../../src/scheduler/slurm-cluster.ts';

const partitions = readPartitions(
  [
    'PartitionName=cpu AllowAccounts=ALL Default=YES MaxTime=2-01:30:00 MaxCPUsPerNode=UNLIMITED State=UP MaxMemPerNode=UNLIMITED TRES=cpu=6,mem=24000M',
    'PartitionName=gpu AllowAccounts=us,them Default=NO MaxTime=UNLIMITED MaxCPUsPerNode=8 State=DRAIN MaxMemPerNode=64000',
    'PartitionName=bare',
    '',
  ].join('\n'),
);
const nodes = readNodes(
  [
    'cpu|64|128000|(null)',
    'cpu|8|512000|gpu:1',
    'gpu|32|256000|gpu:a100:4(S:0-1),gpu:t4:2,nvme:9',
    'gpu|2+|x|',
    '',
  ].join('\n'),
);

describe('what Slurm tells of a cluster', () => {
  it('is read a partition a line', () => {
    expect(partitions).toEqual([
      { name: 'cpu', isDefault: true, state: 'UP', minutes: 49 * 60 + 30 },
      {
        name: 'gpu',
        isDefault: false,
        state: 'DRAIN',
        megabytes: 64000,
        cores: 8,
        accounts: ['us', 'them'],
      },
      { name: 'bare', isDefault: false, state: 'UP' },
    ]);
  });

  it('is read a node a line, with all its GPUs', () => {
    expect(nodes).toEqual([
      { partition: 'cpu', cores: 64, megabytes: 128000, gpus: 0 },
      { partition: 'cpu', cores: 8, megabytes: 512000, gpus: 1 },
      { partition: 'gpu', cores: 32, megabytes: 256000, gpus: 6 },
    ]);
  });
});

describe('what is in the way of a task', () => {
  const [cpu, gpu] = partitions;
  const never = (wishes: object, names = ['cpu']) =>
    whyNever(
      { cores: 1, gpus: 0, ...wishes },
      partitions.filter(({ name }) => names.includes(name)),
      nodes,
    );

  it('is nothing where a node has all of it', () => {
    expect(never({ cores: 64, memoryBytes: 1e11, seconds: 178_200 })).toEqual([]);
    expect(never({ cores: 8, memoryBytes: 4e11, gpus: 1 })).toEqual([]);
  });

  it('is told of each thing that there is too little of', () => {
    expect(never({ cores: 65, memoryBytes: 1e12, gpus: 2, seconds: 178_201 })).toEqual([
      'A task asks for 65 cores, and the partition "cpu" has 64 a node: ask for less (--cpus).',
      'A task asks for 1 TB of memory, and the partition "cpu" has 537 GB a node: ask for less (--memory).',
      'A task asks for 2 GPUs, and the partition "cpu" has 1 a node: ask for less (--gpus).',
      'A task asks for 49 h 30 min, and the partition "cpu" ends tasks after 49 h 30 min: ask for less (--time).',
    ]);
  });

  it('is that no node has all of it at once', () => {
    expect(never({ cores: 16, gpus: 1 })).toEqual([
      'No node of the partition "cpu" has 16 cores, 0 B of memory and 1 GPU at once: ask for less (sinfo -N -o "%R|%c|%m|%G" lists what each has).',
    ]);
  });

  it('is a partition that takes none, or has no nodes', () => {
    expect(never({}, ['gpu'])).toEqual([
      'The partition "gpu" takes no tasks now, it is DRAIN: sinfo lists the partitions, and --partition names one.',
    ]);
    expect(never({}, ['bare'])).toEqual([
      'There are no nodes in the partition "bare": sinfo lists the partitions, and --partition names one.',
    ]);
  });

  it('is an account that a partition is not for', () => {
    const up = [{ ...gpu, name: 'gpu', isDefault: false, state: 'UP' }];
    const wishes = { cores: 1, gpus: 0 };
    expect(whyNever({ ...wishes, account: 'them' }, up, nodes)).toEqual([]);
    expect(whyNever(wishes, up, nodes)).toEqual([]);
    expect(whyNever({ ...wishes, account: 'me' }, up, nodes)).toEqual([
      'The partition "gpu" is for the account "us", "them", and not for "me": --sbatch-option=--account=NAME names one that you have.',
    ]);
  });

  it('is nothing as long as one of several partitions will do', () => {
    expect(never({ cores: 64 }, ['cpu', 'gpu', 'bare'])).toEqual([]);
    expect(never({ cores: 99 }, ['cpu', 'bare'])).toHaveLength(2);
    expect(cpu?.isDefault).toBe(true);
  });
});
