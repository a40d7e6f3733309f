import type { Command } from 'commander';
import { UsageError } from '../errors.ts';
import type { Variant } from '../image/choice.ts';
import { formatBytes } from '../progress/format.ts';
import type { Flags } from '../settings/settings.ts';
import type { Track } from '../tracks/track.ts';
import { addExamples, groups } from './help.ts';
import { addSettings, type CommandHost, type Deps, type Result, trackOf } from './host.ts';

export interface BuildOptions {
  readonly track: Track;
  readonly variant: Variant;
  /** Folders to look for `runtime/` in, the project's before the package's own. */
  readonly roots: readonly string[];
  readonly dryRun: boolean;
}

export function registerBuild(program: Command, host: CommandHost): void {
  const command = program
    .command('build')
    .helpGroup(groups.image)
    .description('build the local image from runtime/')
    .option('--slim', 'the small image: Debian, cpu only, two minutes')
    .option('--torch', "with --slim: Debian's PyTorch too, half a GB more")
    .option('--dry-run', 'only say what would be built');
  addSettings(command, ['track', 'cpuOrGpu']).action(async (flags: Flags) => {
    const settings = await host.settings(flags);
    await host.perform(async () => (await import('./build.ts')).build, {
      track: await trackOf(settings),
      variant: slimVariant(flags) ?? settings.cpuOrGpu.value,
      roots: [host.project().root, host.packageRoot],
      dryRun: flags.dryRun === true,
    });
  });
  addExamples(
    command,
    ['vsc build --slim', 'a first try, in two minutes'],
    ['vsc build --slim --torch', 'with PyTorch'],
    ['vsc build --cpu', 'the full one: 12 GB, for a while'],
  );
}

/** The small image that flags ask for, if they do. @throws UsageError */
export function slimVariant({ slim, torch }: Flags): 'slim' | 'slim-torch' | undefined {
  if (torch && !slim) {
    throw new UsageError('--torch is for the small image.', [
      'Say --slim --torch; the full images have PyTorch anyway.',
    ]);
  }
  if (!slim) return undefined;
  return torch ? 'slim-torch' : 'slim';
}

export async function build(options: BuildOptions, deps: Deps): Promise<Result> {
  const { buildImage, findBuildContext, planBuild } = await import('../image/build.ts');
  const request = planBuild(options.track, options.variant);
  const { tag } = request;
  const context = await findBuildContext(request.dockerfile, options.roots);
  if (options.dryRun) {
    return { text: `Would build ${tag} from ${context}.`, data: { ...request, context } };
  }
  const engine = await deps.engine();
  const { id, bytes } = await buildImage(request, context, engine, deps.reporter, deps.signal);
  return { text: `Built ${tag}, ${formatBytes(bytes)}, ${id}.`, data: { tag, id, bytes } };
}
