import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { UsageError } from '../errors.ts';
import type { Project } from '../project.ts';
import type { SubmissionScore } from '../scoring/score.ts';
import type { Flags } from '../settings/settings.ts';
import { descriptorTrack } from '../tracks/descriptor.ts';
import { addSettings, type CommandHost, type Deps, type Result } from './host.ts';

export interface ScoreOptions {
  readonly project: Project;
  readonly dataset: string;
  /** The result archive; not used where there are `rankings`. */
  readonly archive: string;
  /** A CSV of rankings to score instead of an archive. */
  readonly rankings?: string;
  /** Instead of the dataset's. */
  readonly groundTruth?: string;
}

interface ScoreFlags extends Flags {
  readonly rankings?: string;
  readonly groundTruth?: string;
}

export function registerScore(program: Command, host: CommandHost): void {
  const command = program
    .command('score')
    .description('score the rankings of a run against the ground truth')
    .argument('[archive]', 'the results (default: submission/submission.tar.gz)')
    .option('--rankings <file>', 'score this CSV (query_id,ref_id,score) instead of an archive')
    .option('--ground-truth <file>', "a CSV (query_id,ref_id) instead of the dataset's own");
  addSettings(command, ['dataset']).action(
    async (archive: string | undefined, flags: ScoreFlags) => {
      if (archive !== undefined && flags.rankings !== undefined) {
        throw new UsageError('An archive and --rankings contradict each other.', [
          'Give one of them.',
        ]);
      }
      const { dataset } = await host.settings(flags);
      const project = host.project();
      const named = (path: string) => resolve(project.root, path);
      await host.perform(score, {
        project,
        dataset: dataset.value,
        archive: archive === undefined ? project.archive : named(archive),
        ...(flags.rankings !== undefined && { rankings: named(flags.rankings) }),
        ...(flags.groundTruth !== undefined && { groundTruth: named(flags.groundTruth) }),
      });
    },
  );
}

export async function score(options: ScoreOptions, _deps: Deps): Promise<Result> {
  const { scoreLines } = await import('../scoring/score-lines.ts');
  const { rankings, truth, found } = await scoreOf(options);
  return {
    text: [`${rankings}, against ${truth}`, ...scoreLines(found)].join('\n'),
    data: { rankings, groundTruth: truth, score: found },
  };
}

interface Scored {
  /** What was scored, and against what. */
  readonly rankings: string;
  readonly truth: string;
  readonly found: SubmissionScore;
}

async function scoreOf({ project, dataset, ...options }: ScoreOptions): Promise<Scored> {
  const { noGroundTruth, scoreAgainst, scoreFile, scoreSubmission } = await import(
    '../scoring/score-submission.ts'
  );
  const { dataFolder, subsetCommand } = await import('../dataset/layout.ts');
  const { isFile } = await import('../files.ts');
  const data = dataFolder(join(project.data, dataset));
  const truth = options.groundTruth ?? data.groundTruth;
  if (options.groundTruth === undefined && !(await isFile(truth))) {
    throw noGroundTruth(truth, dataset, subsetCommand(dataset));
  }
  if (options.rankings !== undefined) {
    const full = await scoreFile(options.rankings, truth);
    return { rankings: options.rankings, truth, found: { full } };
  }
  const { archive } = options;
  const found =
    options.groundTruth === undefined
      ? await scoreSubmission(archive, data, descriptorTrack)
      : await scoreAgainst(archive, truth, data, descriptorTrack);
  if (found === undefined) throw noGroundTruth(truth, dataset, subsetCommand(dataset));
  return { rankings: archive, truth, found };
}
