import type { Command } from 'commander';
import type { CommandHost, Deps, Result } from './host.ts';
import {
  addPackFlags,
  type PackFlags,
  type PackOptions,
  packFolder,
  packOptions,
} from './pack-submission.ts';

export interface PackQuickstartOptions extends PackOptions {
  readonly packageRoot: string;
}

export function registerPackQuickstart(program: Command, host: CommandHost): void {
  const command = program
    .command('pack-quickstart')
    .description('write random descriptors into submission_quickstart/ and zip it');
  addPackFlags(command).action(async (flags: PackFlags) => {
    await host.perform(packQuickstart, {
      ...(await packOptions(host, flags)),
      packageRoot: host.packageRoot,
    });
  });
}

export async function packQuickstart(options: PackQuickstartOptions, deps: Deps): Promise<Result> {
  const [{ prepareQuickstart }, { refuseToOverwrite }] = await Promise.all([
    import('../submission/quickstart.ts'),
    import('../submission/pack.ts'),
  ]);
  if (!options.force) await refuseToOverwrite(options.project.zip);
  const folder = await prepareQuickstart(options, deps.reporter, deps.signal);
  return packFolder(folder, options, deps);
}
