import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { SetNumbers } from '../preflight/set-numbers.ts';
import { formatCount } from '../progress/format.ts';
import type { Project } from '../project.ts';
import type { Flags } from '../settings/settings.ts';
import { descriptorTrack } from '../tracks/descriptor.ts';
import { addSettings, type CommandHost, type Deps, type Result } from './host.ts';

export interface ValidateOptions {
  readonly project: Project;
  readonly dataset: string;
  readonly phase2: boolean;
  /** A zip or a folder. */
  readonly path: string;
  /** Read all features, for NaN, infinity and damage. */
  readonly finite: boolean;
}

interface ValidateFlags extends Flags {
  readonly finite: boolean;
}

export function registerValidate(program: Command, host: CommandHost): void {
  const command = program
    .command('validate')
    .description('check a submission against all rules, without Docker')
    .argument('[submission]', 'a zip or a folder (default: submission/submission.zip)')
    .option(
      '--no-finite',
      'look at the headers only: do not read all features for NaN and infinity',
    );
  addSettings(command, ['dataset', 'phase2']).action(
    async (path: string | undefined, flags: ValidateFlags) => {
      const { dataset, phase2 } = await host.settings(flags);
      const project = host.project();
      await host.perform(validate, {
        project,
        dataset: dataset.value,
        phase2: phase2.value,
        path: path === undefined ? project.zip : resolve(project.root, path),
        finite: flags.finite,
      });
    },
  );
}

export async function validate(options: ValidateOptions, deps: Deps): Promise<Result> {
  const { inspectSubmission, missingMetadata, rejection, warningsOf } = await import(
    '../preflight/inspect.ts'
  );
  const { submissionNumbers } = await import('../preflight/set-numbers.ts');
  const { path, dataset, phase2, finite } = options;
  const inspection = await inspectSubmission(path, { ...options, scanFinite: finite }, deps.signal);
  const { findings } = inspection;
  const facts = { submission: path, dataset, phase2, finite, findings };
  for (const finding of warningsOf(inspection)) deps.reporter.report({ type: 'finding', finding });
  const fault = rejection(inspection, path, { ...facts, valid: false, sets: null });
  if (fault !== undefined) throw fault;
  const missing = missingMetadata(inspection);
  if (missing !== undefined) throw missing;
  const sets = await submissionNumbers(path, descriptorTrack, deps.signal);
  const verdict = finite ? 'valid' : 'valid, as far as the headers tell (--no-finite)';
  return {
    text: [`${path} is ${verdict} for ${dataset}.`, ...sets.map(setLine)].join('\n'),
    data: { ...facts, valid: true, sets },
  };
}

function setLine({ file, vectors, dimensions, videos }: SetNumbers): string {
  const numbers = [
    `${formatCount(vectors)} vectors of ${formatCount(dimensions)} dimensions`,
    `${formatCount(videos)} videos`,
  ];
  return `  ${file}: ${numbers.join(', ')}`;
}
