import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { FactsRequest } from '../preflight/inspect.ts';
import type { Flags } from '../settings/settings.ts';
import type { Track } from '../tracks/track.ts';
import { addExamples, groups } from './help.ts';
import {
  addData,
  addSettings,
  type CommandHost,
  type Deps,
  projectOf,
  type Result,
  trackOf,
} from './host.ts';

export interface ValidateOptions extends Omit<FactsRequest, 'scanFinite'> {
  readonly track: Track;
  /** A zip or a folder. */
  readonly path: string;
  /** Read all features, for NaN, infinity and damage. */
  readonly finite: boolean;
}

export function registerValidate(program: Command, host: CommandHost): void {
  const command = program
    .command('validate')
    .helpGroup(groups.test)
    .description('check a submission against all rules, without Docker')
    .argument('[submission]', 'a zip or a folder (default: submission/submission.zip)')
    .option(
      '--no-finite',
      'look at the headers only: do not read all features for NaN and infinity',
    );
  addSettings(addData(command), ['track', 'dataset', 'phase2']).action(
    async (path: string | undefined, flags: Flags) => {
      const settings = await host.settings(flags);
      const { dataset, phase2 } = settings;
      const project = projectOf(host, settings, flags);
      await host.perform(async () => (await import('./validate.ts')).validate, {
        project,
        track: await trackOf(settings),
        dataset: dataset.value,
        phase2: phase2.value,
        path: path === undefined ? project.zip : resolve(project.root, path),
        finite: flags.finite === true,
      });
    },
  );
  addExamples(
    command,
    ['vsc validate', 'submission/submission.zip'],
    ['vsc validate submission_src', 'a folder, before it is packed'],
    ['vsc validate --dataset test --phase2', 'for the second phase'],
  );
}

export async function validate(options: ValidateOptions, deps: Deps): Promise<Result> {
  const { inspectSubmission, missingMetadata, rejection, submissionNumbers, warningsOf } =
    await import('../preflight/inspect.ts');
  const { path, dataset, phase2, finite } = options;
  const inspection = await inspectSubmission(path, { ...options, scanFinite: finite }, deps.signal);
  const { findings } = inspection;
  const facts = { submission: path, dataset, phase2, finite, findings };
  for (const finding of warningsOf(inspection)) deps.reporter.report({ type: 'finding', finding });
  const fault = rejection(inspection, path, { ...facts, valid: false, sets: null });
  if (fault !== undefined) throw fault;
  const missing = missingMetadata(inspection, options.track);
  if (missing !== undefined) throw missing;
  const files = await submissionNumbers(path, options.track.submission, deps.signal);
  const sets = files.map(({ file, numbers }) => ({ file, ...numbers }));
  const lines = files.map(({ file, text }) => `  ${file}: ${text}`);
  const verdict = finite ? 'valid' : 'valid, as far as the headers tell (--no-finite)';
  return {
    text: [`${path} is ${verdict} for ${dataset}.`, ...lines].join('\n'),
    wraps: true,
    data: { ...facts, valid: true, sets },
  };
}
