import type { Command } from 'commander';
import type { Project } from '../project.ts';
import { parseCount } from '../rehearsal/limits.ts';
import type { Flags } from '../settings/settings.ts';
import { addExamples, groups } from './help.ts';
import type { CommandHost, Deps, Result } from './host.ts';

export interface LogsOptions {
  readonly project: Project;
  /** Of a submission of a batch, or a shard. */
  readonly name?: string;
  readonly follow: boolean;
  readonly lines?: number;
}

interface LogsFlags extends Flags {
  readonly follow?: boolean;
  readonly lines?: string;
}

export function registerLogs(program: Command, host: CommandHost): void {
  const command = program
    .command('logs')
    .helpGroup(groups.understand)
    .description(
      "print the log of the last run, or of one that goes on, or of a batch's submission",
    )
    .argument('[name]', 'a submission of vsc batch, or a shard of vsc describe')
    .option('-f, --follow', 'go on as long as it runs')
    .option('-n, --lines <number>', 'only the last so many lines (default: all)')
    .action(async (name: string | undefined, { follow = false, lines }: LogsFlags) => {
      await host.perform(async () => (await import('./logs.ts')).logs, {
        project: host.project(),
        follow,
        ...(name !== undefined && { name }),
        ...(lines !== undefined && { lines: parseLines(lines) }),
      });
    });
  addExamples(
    command,
    ['vsc logs -f', 'while a rehearsal runs, in another terminal'],
    ['vsc logs -n 20', 'how the last one ended'],
    ['vsc logs team-7', "of a batch's submission"],
  );
}

function parseLines(text: string): number {
  return text === '0' ? 0 : parseCount('--lines', text, 1e9);
}

export async function logs(options: LogsOptions, deps: Deps): Promise<Result> {
  const { noLog, rehearsalLog, taskLog } = await import('../running/log-sources.ts');
  const { tellLog } = await import('../running/tell-log.ts');
  const { project, name, follow } = options;
  const source =
    name === undefined ? rehearsalLog(project, deps) : await taskLog(project, name, deps);
  const told = await tellLog(source, options, deps);
  if (told === undefined) throw noLog(project);
  return { text: '', data: { log: told.path, bytes: told.bytes, followed: follow } };
}
