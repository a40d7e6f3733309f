import type { Command } from 'commander';
import { formatBytes, formatCount, formatSeconds } from '../progress/format.ts';
import type { Project } from '../project.ts';
import type { Flags } from '../settings/settings.ts';
import { addSettings, type CommandHost, type Deps, type Result } from './host.ts';

export interface DataSubsetOptions {
  readonly project: Project;
  readonly dataset: string;
  readonly proportion: number;
  readonly link: boolean;
  readonly dryRun: boolean;
}

interface DataSubsetFlags extends Flags {
  readonly link?: boolean;
  readonly dryRun?: boolean;
}

export function registerDataSubset(program: Command, host: CommandHost): void {
  const command = program
    .command('data-subset')
    .description('make data/<dataset>/ from competition_data/<dataset>/')
    .option('--link', 'hard links to the videos instead of copies')
    .option('--dry-run', 'only say what would be made');
  addSettings(command, ['dataset', 'subsetProportion']).action(async (flags: DataSubsetFlags) => {
    const { dataset, subsetProportion } = await host.settings(flags);
    await host.perform(dataSubset, {
      project: host.project(),
      dataset: dataset.value,
      proportion: subsetProportion.value,
      link: flags.link ?? false,
      dryRun: flags.dryRun ?? false,
    });
  });
}

export async function dataSubset(options: DataSubsetOptions, deps: Deps): Promise<Result> {
  const { makeSubset } = await import('../dataset/subset.ts');
  const { reporter: report, signal } = deps;
  const made = await makeSubset(options, { report, signal });
  const chosen = `${formatCount(made.chosen)} of ${formatCount(made.present)} queries`;
  const text = options.dryRun
    ? `Would make ${made.folder}: ${chosen}, ${formatBytes(made.bytes)} of videos.`
    : `${made.folder}: ${chosen}, ${formatBytes(made.bytes)} of videos, in ${formatSeconds(made.seconds)}.`;
  return { text, data: { ...made } };
}
