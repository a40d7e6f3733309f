import type { Command } from 'commander';
import type { Variant } from '../image/choice.ts';
import { formatBytes } from '../progress/format.ts';
import { descriptorTrack } from '../tracks/descriptor.ts';
import { addSettings, type CommandHost, type Deps, type Result } from './host.ts';

export interface BuildOptions {
  readonly variant: Variant;
  /** Folders to look for `runtime/` in, the project's before the package's own. */
  readonly roots: readonly string[];
  readonly dryRun: boolean;
}

export function registerBuild(program: Command, host: CommandHost): void {
  const command = program
    .command('build')
    .description('build the local image from runtime/')
    .option('--slim', 'the small image: Debian, cpu only, two minutes')
    .option('--dry-run', 'only say what would be built');
  addSettings(command, ['cpuOrGpu']).action(async (flags: { slim?: boolean; dryRun?: boolean }) => {
    const { cpuOrGpu } = await host.settings(flags);
    await host.perform(build, {
      variant: flags.slim ? 'slim' : cpuOrGpu.value,
      roots: [host.project().root, host.packageRoot],
      dryRun: flags.dryRun ?? false,
    });
  });
}

export async function build(options: BuildOptions, deps: Deps): Promise<Result> {
  const [{ buildImage, planBuild }, { findBuildContext }] = await Promise.all([
    import('../image/build.ts'),
    import('../image/build-context.ts'),
  ]);
  const request = planBuild(descriptorTrack, options.variant);
  const context = await findBuildContext(request.dockerfile, options.roots);
  if (options.dryRun) {
    return { text: `Would build ${request.tag} from ${context}.`, data: { ...request, context } };
  }
  const image = await buildImage(request, context, await deps.engine(), deps.reporter, deps.signal);
  return {
    text: `Built ${request.tag}, ${formatBytes(image.bytes)}, ${image.id}.`,
    data: { tag: request.tag, id: image.id, bytes: image.bytes },
  };
}
