import type { Command } from 'commander';
import { formatBytes } from '../progress/format.ts';
import type { Flags } from '../settings/settings.ts';
import { addSettings, type CommandHost, type Deps, type Result } from './host.ts';

export interface PullOptions {
  readonly name: string;
  readonly dryRun: boolean;
}

interface PullFlags extends Flags {
  readonly dryRun?: boolean;
}

export function registerPull(program: Command, host: CommandHost): void {
  const command = program
    .command('pull')
    .description('pull the official image')
    .option('--dry-run', 'only say what would be pulled');
  addSettings(command, ['cpuOrGpu', 'registryImage']).action(async (flags: PullFlags) => {
    const { registryImage } = await host.settings(flags);
    await host.perform(pull, { name: registryImage.value, dryRun: flags.dryRun ?? false });
  });
}

export async function pull(options: PullOptions, deps: Deps): Promise<Result> {
  const { name } = options;
  if (options.dryRun) return { text: `Would pull ${name} for linux/amd64.`, data: { name } };
  const [{ pullImage }, { findLogin }] = await Promise.all([
    import('../image/pull.ts'),
    import('../image/credentials.ts'),
  ]);
  const { reporter, signal } = deps;
  const pulled = await pullImage(name, {
    engine: await deps.engine(),
    reporter,
    signal,
    findLogin: (registry) => findLogin(registry, deps.machine, signal),
  });
  const { image, digest, upToDate } = pulled;
  return {
    text: [
      `${upToDate ? 'Up to date' : 'Pulled'}: ${name}, ${formatBytes(image.bytes)}`,
      `Digest ${digest ?? 'unknown'}`,
      `Image  ${image.id}`,
    ].join('\n'),
    data: { name, digest: digest ?? null, id: image.id, bytes: image.bytes, upToDate },
  };
}
