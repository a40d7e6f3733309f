import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { UsageError } from '../errors.ts';
import type { Project } from '../project.ts';
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

type ScoreFlags = Flags & Partial<Record<'rankings' | 'groundTruth', string>>;

export function registerScore(program: Command, host: CommandHost): void {
  const command = program
    .command('score')
    .description('score the rankings of a run against the ground truth')
    .argument('[archive]', 'the results (default: submission/submission.tar.gz)')
    .option('--rankings <file>', 'score this CSV (query_id,ref_id,score) instead of an archive')
    .option('--ground-truth <file>', "a CSV (query_id,ref_id) instead of the dataset's own");
  addSettings(command, ['dataset']).action(
    async (archive: string | undefined, flags: ScoreFlags) => {
      const { rankings, groundTruth } = flags;
      if (archive !== undefined && rankings !== undefined) {
        const fault = 'An archive and --rankings contradict each other.';
        throw new UsageError(fault, ['Give one of them.']);
      }
      const { dataset } = await host.settings(flags);
      const project = host.project();
      const named = (path: string) => resolve(project.root, path);
      await host.perform(score, {
        project,
        dataset: dataset.value,
        archive: archive === undefined ? project.archive : named(archive),
        ...(rankings !== undefined && { rankings: named(rankings) }),
        ...(groundTruth !== undefined && { groundTruth: named(groundTruth) }),
      });
    },
  );
}

export async function score(options: ScoreOptions, deps: Deps): Promise<Result> {
  const { scoreLines } = await import('../scoring/score-lines.ts');
  const { noGroundTruth, scoreAgainst, scoreFile, scoreSubmission } = await import(
    '../scoring/score-submission.ts'
  );
  const { dataFolder, subsetCommand } = await import('../dataset/layout.ts');
  const { lookForFile } = await import('../places.ts');
  const { project, dataset, archive, rankings, groundTruth } = options;
  const data = dataFolder(join(project.data, dataset));
  const truth = groundTruth ?? data.groundTruth;
  const isNamed = groundTruth !== undefined;
  const scored = async () => {
    if (!isNamed && !(await lookForFile(truth))) return undefined;
    if (rankings !== undefined) return { full: await scoreFile(rankings, truth, deps.signal) };
    if (isNamed) return scoreAgainst(archive, truth, data, descriptorTrack, deps.signal);
    return scoreSubmission(archive, data, descriptorTrack, deps.signal);
  };
  const found = await scored();
  if (found === undefined) throw noGroundTruth(truth, dataset, subsetCommand(dataset));
  const what = rankings ?? archive;
  return {
    text: [`${what}, against ${truth}`, ...scoreLines(found)].join('\n'),
    data: { rankings: what, groundTruth: truth, score: found },
  };
}
