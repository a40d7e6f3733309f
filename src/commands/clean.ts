import type { Command } from 'commander';
import { formatBytes, formatCount } from '../progress/format.ts';
import { visibleLine } from '../progress/visible.ts';
import type { Project } from '../project.ts';
import type { Flags } from '../settings/settings.ts';
import { addExamples, groups } from './help.ts';
import type { CommandHost, Deps, Result } from './host.ts';

export interface CleanOptions {
  readonly project: Project;
  readonly dryRun: boolean;
}

export function registerClean(program: Command, host: CommandHost): void {
  const command = program
    .command('clean')
    .helpGroup(groups.machine)
    .description("delete Python caches in the project's own folders, and the runs that --keep left")
    .option('--dry-run', 'only say what would be deleted')
    .action((flags: Flags) =>
      host.perform(async () => (await import('./clean.ts')).clean, {
        project: host.project(),
        dryRun: flags.dryRun === true,
      }),
    );
  addExamples(command, ['vsc clean', 'delete them'], ['vsc clean --dry-run', 'only look']);
}

export async function clean({ project, dryRun }: CleanOptions, deps: Deps): Promise<Result> {
  const { cleanCaches } = await import('../packing/clean.ts');
  const { cleanKept } = await import('../packing/kept.ts');
  const caches = await cleanCaches(project.root, dryRun, deps);
  const kept = await cleanKept(project, dryRun, deps);
  const paths = [...caches.paths, ...kept.paths];
  const bytes = caches.bytes + kept.bytes;
  const verb = dryRun ? 'Would delete' : 'Deleted';
  const some = [
    counted(caches.paths.length, 'cache', 'caches'),
    counted(kept.paths.length, 'kept run', 'kept runs'),
  ];
  const end = `${verb} ${some.filter(Boolean).join(' and ')}, ${formatBytes(bytes)}.`;
  const text =
    paths.length === 0 ? 'Nothing to clean.' : [...paths.map(visibleLine), end].join('\n');
  return { text, data: { paths, bytes, dryRun } };
}

function counted(count: number, one: string, many: string): string {
  return count === 0 ? '' : `${formatCount(count)} ${count === 1 ? one : many}`;
}
