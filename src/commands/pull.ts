import type { Command } from 'commander';
import { formatBytes } from '../progress/format.ts';
import type { Flags } from '../settings/settings.ts';
import { addExamples, groups } from './help.ts';
import { addSettings, type CommandHost, type Deps, type Result } from './host.ts';

export interface PullOptions {
  readonly name: string;
  readonly dryRun: boolean;
}

export function registerPull(program: Command, host: CommandHost): void {
  const command = program
    .command('pull')
    .helpGroup(groups.image)
    .description('pull the official image')
    .option('--dry-run', 'only say what would be pulled');
  addSettings(command, ['track', 'cpuOrGpu', 'registryImage']).action(async (flags: Flags) => {
    const { registryImage } = await host.settings(flags);
    await host.perform(async () => (await import('./pull.ts')).pull, {
      name: registryImage.value,
      dryRun: flags.dryRun === true,
    });
  });
  addExamples(
    command,
    ['vsc pull', 'the image for this machine'],
    ['vsc pull --gpu --dry-run', 'the name of the one with CUDA'],
    ['vsc pull --registry-image example.org/mine:1', 'from a registry of your own'],
  );
}

export async function pull({ name, dryRun }: PullOptions, deps: Deps): Promise<Result> {
  if (dryRun) return { text: `Would pull ${name} for linux/amd64.`, data: { name } };
  const { pullImage } = await import('../image/pull.ts');
  const { findLogin } = await import('../image/credentials.ts');
  const { image, digest, upToDate } = await pullImage(name, {
    ...deps,
    engine: await deps.engine(),
    findLogin: (registry) => findLogin(registry, deps.machine, deps.signal),
  });
  const { id, bytes } = image;
  return {
    text: [
      `${upToDate ? 'Up to date' : 'Pulled'}: ${name}, ${formatBytes(bytes)}`,
      `Digest ${digest ?? 'unknown'}`,
      `Image  ${id}`,
    ].join('\n'),
    data: { name, digest: digest ?? null, id, bytes, upToDate },
  };
}
