import type { Command } from 'commander';
import type { PackageTestsRequest } from '../image/package-tests.ts';
import { formatSeconds } from '../progress/format.ts';
import { jsonText } from '../progress/json.ts';
import { type Flags, isGiven } from '../settings/settings.ts';
import { slimVariant } from './build.ts';
import { addExamples, groups } from './help.ts';
import { addSettings, type CommandHost, type Deps, type Result, trackOf } from './host.ts';

export interface TestContainerOptions {
  readonly tests: Omit<PackageTestsRequest, 'labels'>;
  readonly dryRun: boolean;
}

export function registerTestContainer(program: Command, host: CommandHost): void {
  const command = program
    .command('test-container')
    .helpGroup(groups.image)
    .description('test the packages of the local image, building it if there is none')
    .option('--slim', 'the small image')
    .option('--torch', 'with --slim: the small image with PyTorch')
    .option('--dry-run', 'only show the container that would run');
  addSettings(command, ['track', 'cpuOrGpu', 'skipGpu']).action(async (flags: Flags) => {
    const settings = await host.settings(flags);
    const { cpuOrGpu, skipGpu } = settings;
    const { root } = host.project();
    const slim = slimVariant(flags);
    await host.perform(async () => (await import('./test-container.ts')).testContainer, {
      tests: {
        track: await trackOf(settings),
        image: {
          variant: slim ?? cpuOrGpu.value,
          asked: slim !== undefined || isGiven('cpuOrGpu', cpuOrGpu),
        },
        root,
        roots: [root, host.packageRoot],
        skipGpu: skipGpu.value,
      },
      dryRun: flags.dryRun === true,
    });
  });
  addExamples(
    command,
    ['vsc test-container', 'the full image for this machine'],
    ['vsc test-container --slim', 'the small one'],
  );
}

export async function testContainer(
  { tests, dryRun }: TestContainerOptions,
  deps: Deps,
): Promise<Result> {
  const { preparePackageTests, runPackageTests } = await import('../image/package-tests.ts');
  const { containerLabels } = await import('../engine/container-labels.ts');
  const request = { ...tests, labels: containerLabels(tests.root, deps.owner) };
  const tools = { ...deps, engine: await deps.engine() };
  const prepared = await preparePackageTests(request, tools);
  const { name: image, image: found } = prepared;
  if (dryRun) {
    const { plan } = prepared;
    const built = found !== undefined;
    if (!built) deps.reporter.report({ type: 'note', message: `Would build ${image} first.` });
    return { text: jsonText(plan, 2), data: { plan, image, built } };
  }
  const seconds = await runPackageTests(request, prepared, tools);
  const text = `${image} passes its tests, in ${formatSeconds(seconds)}.`;
  return { text, data: { image, seconds } };
}
