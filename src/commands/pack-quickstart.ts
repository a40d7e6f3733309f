import type { Command } from 'commander';
import { addSettings, type CommandHost, type Deps, type Result } from './host.ts';
import {
  addPackFlags,
  type PackFlags,
  type PackOptions,
  packFolder,
  packOptions,
} from './pack-submission.ts';

export interface PackQuickstartOptions extends PackOptions {
  readonly dataset: string;
  readonly packageRoot: string;
}

export function registerPackQuickstart(program: Command, host: CommandHost): void {
  const command = program
    .command('pack-quickstart')
    .description('write random descriptors into submission_quickstart/ and zip it');
  addSettings(addPackFlags(command), ['dataset']).action(async (flags: PackFlags) => {
    const { dataset } = await host.settings(flags);
    await host.perform(packQuickstart, {
      ...packOptions(host, flags),
      dataset: dataset.value,
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
