import type { Command } from 'commander';
import { formatBytes } from '../progress/format.ts';
import type { Project } from '../project.ts';
import type { CommandHost, Result } from './host.ts';

export interface CleanOptions {
  readonly project: Project;
  readonly dryRun: boolean;
}

export function registerClean(program: Command, host: CommandHost): void {
  program
    .command('clean')
    .description("delete Python caches in the project's own folders")
    .option('--dry-run', 'only say what would be deleted')
    .action((flags: { dryRun?: boolean }) =>
      host.perform(clean, { project: host.project(), dryRun: flags.dryRun ?? false }),
    );
}

export async function clean(options: CleanOptions): Promise<Result> {
  const { cleanCaches } = await import('../packing/clean.ts');
  const { paths, bytes } = await cleanCaches(options.project.root, options.dryRun);
  const verb = options.dryRun ? 'Would delete' : 'Deleted';
  const text =
    paths.length === 0
      ? 'Nothing to clean.'
      : [...paths, `${verb} ${paths.length} caches, ${formatBytes(bytes)}.`].join('\n');
  return { text, data: { paths, bytes, dryRun: options.dryRun } };
}
