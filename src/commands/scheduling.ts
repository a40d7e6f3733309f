import type { Command } from 'commander';
import { UsageError } from '../errors.ts';
import { parseCount, parseTime, type RunLimits } from '../rehearsal/limits.ts';
import type { Lent } from '../rehearsal/prepared.ts';
import type { Needs, Scheduler } from '../scheduler/port.ts';
import type { Settings } from '../settings/settings.ts';
import type { TaskRunner } from '../tasks/run-task.ts';
import type { Worker } from '../tasks/task.ts';
import { flagGroups, grouped } from './help.ts';
import { type CommandHost, type Deps, gather, type LentFlags } from './host.ts';
import { rehearsalWorld } from './rehearsing.ts';

/** Where tasks run, and what they ask for there. */
export type Scheduling = OnThisMachine | OnSlurm;

interface OnThisMachine {
  readonly on: 'local';
  /** How many tasks run at a time. */
  readonly parallel: number;
  /** For the tasks' containers: no file says it. */
  readonly lent: Lent;
}

interface OnSlurm {
  readonly on: 'slurm';
  readonly partition?: string;
  /** By the clock on the wall, for a task. */
  readonly seconds?: number;
  readonly gpus: number;
  /** How many tasks run at a time. */
  readonly arrayLimit?: number;
  /** For sbatch, as they are. */
  readonly sbatchOptions: readonly string[];
}

export interface SchedulingFlags extends LentFlags {
  readonly on?: string;
  readonly parallel?: string;
  readonly partition?: string;
  readonly time?: string;
  readonly arrayLimit?: string;
  readonly sbatchOption?: readonly string[];
}

/** The flags that only a scheduler beyond this machine has a use for. */
const slurmFlags = ['partition', 'time', 'arrayLimit', 'sbatchOption'] as const;

/** Gives a command the flags of where its tasks run; `parseScheduling` reads them. */
export function addScheduling(command: Command): Command {
  return grouped(command, flagGroups.scheduling, (scheduling) =>
    scheduling
      .option('--on <where>', 'local: this machine; slurm: the cluster (default: local)')
      .option('--parallel <number>', 'local: how many containers run at a time (default: 1)')
      .option('--partition <name>', "slurm: the partition (default: the cluster's own)")
      .option('--time <time>', 'slurm: what a task may take, e.g. 30m or 2h')
      .option(
        '--gpus <which>',
        'local: which GPUs, e.g. 0,1 (default: all); slurm: how many for a task (default: 0)',
      )
      .option('--array-limit <number>', 'slurm: how many tasks run at a time (default: all)')
      .option('--sbatch-option <option>', 'slurm: for sbatch as it is, e.g. --account=me', gather),
  );
}

/** @throws UsageError for what can't be, and for flags that have no say there */
export async function parseScheduling(
  host: CommandHost,
  settings: Settings,
  flags: SchedulingFlags,
): Promise<Scheduling> {
  const { on = 'local', parallel, partition, time, gpus, arrayLimit, sbatchOption = [] } = flags;
  if (on === 'local') {
    const given = slurmFlags.find((name) => flags[name] !== undefined);
    if (given !== undefined) throw new UsageError(`${flagOf(given)} is for --on slurm.`);
    const { lentBy } = await import('./lent.ts');
    const lent = lentBy(host, settings, flags);
    return { on, parallel: parseCount('--parallel', parallel ?? '1', 1024), lent };
  }
  if (on !== 'slurm') throw new UsageError(`--on is "${on}".`, ['Allowed: local, slurm.']);
  if (parallel !== undefined) {
    throw new UsageError('--parallel is for --on local.', ['On a cluster: --array-limit.']);
  }
  if (flags.env !== undefined) {
    throw new UsageError('--env is for --on local.', [
      'A task of a cluster is files that its nodes share, and the value would be in one of them.',
    ]);
  }
  return {
    on,
    ...(partition !== undefined && { partition }),
    ...(time !== undefined && { seconds: parseTime('--time', time) }),
    gpus: gpus === undefined || gpus === '0' ? 0 : parseCount('--gpus', gpus, 64),
    ...(arrayLimit !== undefined && {
      arrayLimit: parseCount('--array-limit', arrayLimit, 1_000_000),
    }),
    sbatchOptions: sbatchOption,
  };
}

/** `--array-limit` of `arrayLimit`. */
function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** What a task has to have, and how many run at a time. */
export function tasksNeed(
  scheduling: Scheduling,
  { container }: RunLimits,
): { readonly needs: Needs; readonly atOnce?: number } {
  const { cpus = 1, memoryBytes } = container;
  const needs = {
    cores: Math.ceil(cpus),
    gpus: scheduling.on === 'slurm' ? scheduling.gpus : 0,
    ...(memoryBytes !== undefined && { memoryBytes }),
  };
  if (scheduling.on === 'local') return { needs, atOnce: scheduling.parallel };
  const { seconds, arrayLimit } = scheduling;
  return {
    needs: { ...needs, ...(seconds !== undefined && { seconds }) },
    ...(arrayLimit !== undefined && { atOnce: arrayLimit }),
  };
}

/** The scheduler that was asked for. */
export async function makeScheduler(scheduling: Scheduling, deps: Deps): Promise<Scheduler> {
  if (scheduling.on === 'local') {
    const { localScheduler } = await import('../scheduler/local.ts');
    const { runTask } = await import('../tasks/run-task.ts');
    const { version, owner } = deps;
    const worker = workerOf(deps, owner.hostname);
    const runners = await taskRunners(deps, scheduling.lent);
    return localScheduler({
      parallel: scheduling.parallel,
      node: owner.hostname,
      work: (task, signal) => runTask(task, runners, { signal, worker, version }),
    });
  }
  const { slurmScheduler } = await import('../scheduler/slurm.ts');
  const { machine } = deps;
  const { partition, sbatchOptions } = scheduling;
  return slurmScheduler({
    command: [...machine.program, 'run-task'],
    env: machine.env,
    options: sbatchOptions,
    ...(partition !== undefined && { partition }),
  });
}

/** All kinds of tasks, and what runs them. @param lent what their containers may have */
export async function taskRunners(
  deps: Deps,
  lent: Lent,
): Promise<Readonly<Record<string, TaskRunner>>> {
  const { submissionKind, submissionRunner } = await import('../batch/submission-task.ts');
  const { shardKind, shardRunner } = await import('../describe/shard-task.ts');
  const { probeKind, probeRunner } = await import('../tasks/probe.ts');
  const world = rehearsalWorld(deps, lent);
  return {
    [shardKind]: shardRunner(world),
    [submissionKind]: submissionRunner(world),
    [probeKind]: probeRunner(world),
  };
}

/** This process, as a task's evidence tells of it. */
export function workerOf({ owner }: Pick<Deps, 'owner'>, node: string): Worker {
  return { node, ...owner };
}

/** What runs on this machine is lent; a cluster's nodes have their own. */
export function lentOf(scheduling: Scheduling): Lent {
  return scheduling.on === 'local' ? scheduling.lent : {};
}
