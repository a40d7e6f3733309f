import type { Command } from 'commander';
import type { Variant } from '../image/choice.ts';
import type { PackageTestsRequest } from '../image/package-tests.ts';
import { formatSeconds } from '../progress/format.ts';
import { type Flags, isGiven } from '../settings/settings.ts';
import { descriptorTrack } from '../tracks/descriptor.ts';
import { addSettings, type CommandHost, type Deps, type Result } from './host.ts';

export interface TestContainerOptions {
  readonly tests: Omit<PackageTestsRequest, 'labels'>;
  readonly dryRun: boolean;
}

interface TestContainerFlags extends Flags {
  readonly slim?: boolean;
  readonly dryRun?: boolean;
}

export function registerTestContainer(program: Command, host: CommandHost): void {
  const command = program
    .command('test-container')
    .description('test the packages of the local image, building it if there is none')
    .option('--slim', 'the small image')
    .option('--dry-run', 'only show the container that would run');
  addSettings(command, ['cpuOrGpu', 'skipGpu']).action(async (flags: TestContainerFlags) => {
    const { cpuOrGpu, skipGpu } = await host.settings(flags);
    const variant: Variant = flags.slim ? 'slim' : cpuOrGpu.value;
    const { root } = host.project();
    await host.perform(testContainer, {
      tests: {
        track: descriptorTrack,
        image: { variant, asked: variant === 'slim' || isGiven('cpuOrGpu', cpuOrGpu) },
        root,
        roots: [root, host.packageRoot],
        skipGpu: skipGpu.value,
      },
      dryRun: flags.dryRun ?? false,
    });
  });
}

export async function testContainer(options: TestContainerOptions, deps: Deps): Promise<Result> {
  const [{ preparePackageTests, runPackageTests }, { ownLabels }] = await Promise.all([
    import('../image/package-tests.ts'),
    import('../engine/container-labels.ts'),
  ]);
  const { reporter, signal, owner } = deps;
  const request = { ...options.tests, labels: ownLabels(options.tests.root, owner) };
  const tools = { engine: await deps.engine(), reporter, signal };
  const prepared = await preparePackageTests(request, tools);
  const { plan, local } = prepared;
  const built = local.image !== undefined;
  if (options.dryRun) {
    if (!built) reporter.report({ type: 'note', message: `Would build ${local.name} first.` });
    return { text: JSON.stringify(plan, null, 2), data: { plan, image: local.name, built } };
  }
  const seconds = await runPackageTests(request, prepared, tools);
  return {
    text: `${local.name} passes its tests, in ${formatSeconds(seconds)}.`,
    data: { image: local.name, seconds },
  };
}
