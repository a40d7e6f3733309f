import type { Command } from 'commander';
import type { CommandHost, Deps, Result } from './host.ts';
import { type PackOptions, packPrepared, registerPack } from './pack-submission.ts';

export function registerPackQuickstart(program: Command, host: CommandHost): void {
  registerPack(program, host, packQuickstart, {
    name: 'pack-quickstart',
    description: 'write random descriptors into submission_quickstart/ and zip it',
  });
}

export async function packQuickstart(options: PackOptions, deps: Deps): Promise<Result> {
  const { prepareQuickstart } = await import('../packing/quickstart.ts');
  return packPrepared(() => prepareQuickstart(options, deps.reporter, deps.signal), options, deps);
}
