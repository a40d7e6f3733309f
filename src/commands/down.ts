import type { Command } from 'commander';
import { EnvironmentError } from '../errors.ts';
import { visibleLine } from '../progress/visible.ts';
import type { Project } from '../project.ts';
import type { Scheduler } from '../scheduler/port.ts';
import type { Flags } from '../settings/settings.ts';
import { addExamples, groups } from './help.ts';
import type { CommandHost, Deps, Result } from './host.ts';

export interface DownOptions {
  readonly project: Project;
  readonly dryRun: boolean;
}

export function registerDown(program: Command, host: CommandHost): void {
  const command = program
    .command('down')
    .helpGroup(groups.test)
    .description('stop all that runs of this project: every vsc, its containers, its jobs')
    .option('--dry-run', 'only say what would be stopped')
    .action((flags: Flags) =>
      host.perform(async () => (await import('./down.ts')).down, {
        project: host.project(),
        dryRun: flags.dryRun === true,
      }),
    );
  addExamples(command, ['vsc down --dry-run', 'what runs'], ['vsc down', 'and end it']);
}

export async function down({ project, dryRun }: DownOptions, deps: Deps): Promise<Result> {
  const { endProject } = await import('../running/down.ts');
  const { askToEnd, startOf } = await import('../running/processes.ts');
  const ended = await endProject(project.root, dryRun, {
    ...deps,
    engine: await deps.engine(),
    askToEnd,
    startOf: (pid) => startOf(pid, deps.machine),
    cluster: () => cluster(deps),
  });
  const verb = dryRun ? 'Would stop' : 'Stopped';
  const lines = [
    ...ended.processes.map((pid) => `${verb} vsc, process ${pid}`),
    ...ended.jobs.map((id) => `${dryRun ? 'Would cancel' : 'Cancelled'} Slurm job ${id}`),
    ...ended.containers.map((name) => `${verb} ${visibleLine(name)}`),
  ];
  const text = lines.length === 0 ? 'Nothing of this project runs.' : lines.join('\n');
  return { text, data: { dryRun, ...ended } };
}

/** The cluster's scheduler. @throws EnvironmentError where its tools are not here */
async function cluster(deps: Deps): Promise<Scheduler> {
  const { missingTools } = await import('../scheduler/slurm-tools.ts');
  const { makeScheduler } = await import('./scheduling.ts');
  if ((await missingTools(deps.machine.env)).length === 0) {
    return makeScheduler({ on: 'slurm', gpus: 0, sbatchOptions: [] }, deps);
  }
  throw new EnvironmentError(
    'Jobs of this project are with Slurm, whose tools are not here: they go on.',
    ['Run "vsc down" where they were handed over.'],
  );
}
