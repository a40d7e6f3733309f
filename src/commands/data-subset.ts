import type { Command } from 'commander';
import type { SubsetRequest } from '../dataset/subset.ts';
import { formatBytes, formatCount, formatSeconds } from '../progress/format.ts';
import type { Flags } from '../settings/settings.ts';
import { addExamples, groups } from './help.ts';
import { addSettings, type CommandHost, type Deps, type Result, trackOf } from './host.ts';

export function registerDataSubset(program: Command, host: CommandHost): void {
  const command = program
    .command('data-subset')
    .helpGroup(groups.prepare)
    .description('make data/<dataset>/ from competition_data/<dataset>/')
    .option('--link', 'hard links to the videos instead of copies')
    .option('--dry-run', 'only say what would be made');
  addSettings(command, ['track', 'dataset', 'subsetProportion']).action(async (flags: Flags) => {
    const settings = await host.settings(flags);
    const { dataset, subsetProportion } = settings;
    await host.perform(async () => (await import('./data-subset.ts')).dataSubset, {
      project: host.project(),
      dataset: dataset.value,
      truth: (await trackOf(settings)).results.truth,
      proportion: subsetProportion.value,
      link: flags.link === true,
      dryRun: flags.dryRun === true,
    });
  });
  addExamples(
    command,
    ['vsc data-subset', 'one query in a hundred'],
    ['vsc data-subset --proportion 0.1 --link', 'one in ten, without copying videos'],
    ['vsc data-subset --dataset test --dry-run', 'what would be made'],
  );
}

export async function dataSubset(options: SubsetRequest, deps: Deps): Promise<Result> {
  const { makeSubset } = await import('../dataset/subset.ts');
  const made = await makeSubset(options, { report: deps.reporter, signal: deps.signal });
  const { folder, chosen, present, bytes, seconds } = made;
  const queries = `${formatCount(chosen)} of ${formatCount(present)} queries`;
  const what = `${folder}: ${queries}, ${formatBytes(bytes)} of videos`;
  const text = options.dryRun ? `Would make ${what}.` : `${what}, in ${formatSeconds(seconds)}.`;
  return { text, data: { ...made } };
}
