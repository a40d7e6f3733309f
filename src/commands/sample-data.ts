import type { Command } from 'commander';
import { formatBytes, formatSeconds } from '../progress/format.ts';
import { jsonText } from '../progress/json.ts';
import { visibleLine } from '../progress/visible.ts';
import type { SamplesRequest } from '../samples/samples.ts';
import { parseSeed } from '../samples/seed.ts';
import type { Flags } from '../settings/settings.ts';
import { addExamples, groups } from './help.ts';
import { addSettings, type CommandHost, type Deps, type Result, trackOf } from './host.ts';

export interface SampleDataOptions {
  readonly request: SamplesRequest;
  readonly dryRun: boolean;
}

export function registerSampleData(program: Command, host: CommandHost): void {
  const command = program
    .command('sample-data')
    .helpGroup(groups.prepare)
    .description('make a small competition_data/ of real videos with known copies, for a first try')
    .option('--seed <number>', 'other videos; the same for the same number (default: 42)')
    .option('--dry-run', 'only show the container that would make them');
  addSettings(command, ['track', 'submissionImage']).action(async (flags: Flags) => {
    const settings = await host.settings(flags);
    const { value: image, source } = settings.submissionImage;
    await host.perform(async () => (await import('./sample-data.ts')).sampleData, {
      request: {
        project: host.project(),
        track: await trackOf(settings),
        seed: parseSeed(flags.seed as string | undefined),
        image: image === undefined ? undefined : { image, source },
      },
      dryRun: flags.dryRun === true,
    });
  });
  addExamples(
    command,
    ['vsc sample-data', 'the videos that everyone gets'],
    ['vsc sample-data --seed 7', 'other ones'],
  );
}

export async function sampleData(
  { request, dryRun }: SampleDataOptions,
  deps: Deps,
): Promise<Result> {
  const { makeSampleData, planSampleData } = await import('../samples/samples.ts');
  if (dryRun) {
    const { plan, folder, replaced } = await planSampleData(request, deps);
    return { text: jsonText(plan, 2), data: { folder, replaced, plan } };
  }
  const made = await makeSampleData(request, deps);
  const { folder, datasets, truePairs, bytes, seconds } = made;
  const counts = datasets.map(
    ({ dataset, queries, references }) =>
      `  ${dataset}   ${queries} queries, ${references} references`,
  );
  const text = [
    `${visibleLine(folder)}: ${formatBytes(bytes)} of videos, in ${formatSeconds(seconds)}.`,
    ...counts,
    `The ground truth of train has ${truePairs} pairs. Next: vsc data-subset`,
  ].join('\n');
  return { text, data: { ...made } };
}
