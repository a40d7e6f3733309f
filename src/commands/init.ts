import { join } from 'node:path';
import type { Command } from 'commander';
import type { InitialPart, InitRequest } from '../init/init.ts';
import { tableLines } from '../progress/format.ts';
import { settingsFileName } from '../project.ts';
import { projectFileText } from '../settings/project-file.ts';
import { type Flags, isGiven } from '../settings/settings.ts';
import { addExamples, groups } from './help.ts';
import { addSettings, type CommandHost, type Deps, type Result, trackOf } from './host.ts';

export interface InitOptions extends Omit<InitRequest, 'version'> {
  readonly dataset: string;
  /** The dataset that holds without a flag. */
  readonly datasetSoFar: string;
}

export function registerInit(program: Command, host: CommandHost): void {
  const command = program
    .command('init')
    .helpGroup(groups.prepare)
    .description('make a project of a folder: folders, a main.py to start from, settings')
    .option('--ci', 'also a GitHub workflow that rehearses the submission')
    .option('--dry-run', 'only say what would be made');
  addSettings(command, ['track', 'dataset']).action(async (flags: Flags) => {
    const settings = await host.settings(flags);
    const dataset = settings.dataset.value;
    await host.perform(async () => (await import('./init.ts')).init, {
      project: host.project(),
      track: await trackOf(settings),
      dataset,
      datasetSoFar: (await host.settings({})).dataset.value,
      settings: projectFileText({
        ...(isGiven('track', settings.track) && { TRACK: settings.track.value }),
        DATASET: dataset,
      }),
      packageRoot: host.packageRoot,
      ci: flags.ci === true,
      dryRun: flags.dryRun === true,
    });
  });
  addExamples(
    command,
    ['vsc init', 'for the descriptor track'],
    ['vsc init --track matching', 'for the matching track'],
    ['vsc -C my-project init --ci', 'in another folder, with a GitHub workflow'],
  );
}

export async function init(options: InitOptions, deps: Deps): Promise<Result> {
  const { initProject, nextSteps } = await import('../init/init.ts');
  const { project, dataset, datasetSoFar, dryRun } = options;
  const parts = await initProject({ ...options, version: deps.version }, deps.signal);
  const keptSettings = parts.some(({ name, made }) => name === settingsFileName && !made);
  if (keptSettings && dataset !== datasetSoFar) {
    const message = `${project.settingsFile} stays as it is, and the dataset ${datasetSoFar}: to change that, write DATASET=${dataset} there.`;
    deps.reporter.report({ type: 'warning', message });
  }
  const next = await nextSteps(project, dataset);
  const verb = ({ made }: InitialPart) => {
    if (!made) return 'kept';
    return dryRun ? 'would make' : 'made';
  };
  const rows = parts.map((part) => [verb(part), part.name, part.purpose]);
  const paths = (made: boolean) =>
    parts.filter((part) => part.made === made).map(({ name }) => join(project.root, name));
  return {
    text: [project.root, ...tableLines(rows), 'Next', ...next.map((line) => `  ${line}`)].join(
      '\n',
    ),
    wraps: true,
    data: { project: project.root, dataset, made: paths(true), kept: paths(false), next, dryRun },
  };
}
