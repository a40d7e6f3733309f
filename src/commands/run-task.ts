import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Gpus } from '../engine/port.ts';
import type { CommandHost, Deps, Result } from './host.ts';
import { taskRunners, workerOf } from './scheduling.ts';

export interface RunTaskOptions {
  /** The task's folder, absolute. */
  readonly folder: string;
  /** What the scheduler calls this machine. */
  readonly node?: string;
  /** Those of its GPUs that the task may have. */
  readonly gpus: Gpus;
}

interface RunTaskFlags {
  readonly node?: string;
  readonly gpus?: string;
}

/** What a scheduler has a node do; it is for no one else, and in no help. */
export function registerRunTask(program: Command, host: CommandHost): void {
  program
    .command('run-task', { hidden: true })
    .description('run a task that another vsc has planned')
    .option('--node <name>', 'what the scheduler calls this machine')
    .option('--gpus <ids>', "those of the machine's GPUs that the task may have (default: all)")
    .argument('<folder>', "the task's folder")
    .action(async (folder: string, { node, gpus }: RunTaskFlags) => {
      const { parseGpus } = await import('../engine/gpus.ts');
      await host.perform(async () => (await import('./run-task.ts')).performTask, {
        folder: resolve(folder),
        // A scheduler that gave the task none names none.
        gpus: gpus === '' ? 'none' : parseGpus(gpus ?? 'all'),
        ...(node !== undefined && { node }),
      });
    });
}

export async function performTask(
  { folder, node, gpus }: RunTaskOptions,
  deps: Deps,
): Promise<Result> {
  const { runTask } = await import('../tasks/run-task.ts');
  const { signal, version, owner } = deps;
  const worker = workerOf(deps, node ?? owner.hostname);
  await runTask(folder, await taskRunners(deps, { gpus }), { signal, worker, version });
  return { text: '', data: {} };
}
