import { resolve } from 'node:path';
import type { Command } from 'commander';
import { UsageError } from '../errors.ts';
import { dataOf, type Project } from '../project.ts';
import type { Flags } from '../settings/settings.ts';
import { resultsOf, type TrackName, trackNames } from '../tracks/names.ts';
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

export interface ScoreOptions {
  readonly project: Project;
  readonly track: Track;
  readonly dataset: string;
  /** The result archive; not used where there are `results`. */
  readonly archive: string;
  /** A CSV of results to score instead of an archive. */
  readonly results?: string;
  /** Instead of the dataset's. */
  readonly groundTruth?: string;
}

export function registerScore(program: Command, host: CommandHost): void {
  const command = program
    .command('score')
    .helpGroup(groups.understand)
    .description('score the results of a run against the ground truth')
    .argument('[archive]', 'the results (default: submission/submission.tar.gz)');
  for (const { word, columns } of Object.values(resultsOf)) {
    const listed = columns.replaceAll(',', ', ');
    command.option(`--${word} <file>`, `score this CSV instead of an archive: ${listed}`);
  }
  command.option('--ground-truth <file>', "a CSV of the same ids instead of the dataset's own");
  addSettings(addData(command), ['track', 'dataset']).action(
    async (archive: string | undefined, flags: Flags) => {
      const { track, results } = namedResults(archive, flags);
      const settings = await host.settings(flags);
      const { groundTruth } = flags;
      const project = projectOf(host, settings, flags);
      const named = (path: string) => resolve(project.root, path);
      await host.perform(async () => (await import('./score.ts')).score, {
        project,
        track: await trackOf(track === undefined ? settings : { track: { value: track } }),
        dataset: settings.dataset.value,
        archive: archive === undefined ? project.archive : named(archive),
        ...(results !== undefined && { results: named(results) }),
        ...(groundTruth !== undefined && { groundTruth: named(String(groundTruth)) }),
      });
    },
  );
  addExamples(
    command,
    ['vsc score', 'the last run'],
    ['vsc score --rankings mine.csv', 'rankings of your own'],
    ['vsc score old.tar.gz --ground-truth truth.csv', 'against another ground truth'],
  );
}

/** The file of results that a flag names, and the track that has such results; nothing where none does. */
function namedResults(
  archive: string | undefined,
  flags: Flags,
): { readonly track?: TrackName; readonly results?: string } {
  const named = trackNames.flatMap((track) => {
    const { word } = resultsOf[track];
    const flag = `--${word}`;
    const path = flags[word];
    const isOther = flags.track !== undefined && flags.track !== track;
    return path === undefined ? [] : [{ track, flag, results: String(path), isOther }];
  });
  const [first] = named;
  const given = [
    ...(archive === undefined ? [] : ['An archive']),
    ...named.map(({ flag }) => flag),
    ...(first?.isOther ? [`--track ${flags.track}`] : []),
  ];
  if (first === undefined || given.length === 1) return first ?? {};
  throw new UsageError(`${given.join(' and ')} contradict each other.`, ['Give one of them.']);
}

export async function score(options: ScoreOptions, deps: Deps): Promise<Result> {
  const { noGroundTruth } = await import('../scoring/score-submission.ts');
  const { dataFolder, subsetCommand, truthIn } = await import('../dataset/layout.ts');
  const { lookForFile } = await import('../places.ts');
  const { project, track, dataset, archive, results, groundTruth } = options;
  const { folder, querySubset } = dataFolder(dataOf(project, dataset));
  const ofDataset = truthIn(folder, track.results.truth);
  const truth = groundTruth ?? ofDataset.full;
  const isNamed = groundTruth !== undefined;
  const scored = async () => {
    if (!isNamed && !(await lookForFile(truth))) return undefined;
    if (results !== undefined) return track.results.scoreFile(results, truth, deps.signal);
    if (isNamed) return track.results.scoreAgainst(archive, truth, querySubset, deps.signal);
    return track.results.score(archive, ofDataset, deps.signal);
  };
  const found = await scored();
  if (found === undefined) throw noGroundTruth(truth, dataset, subsetCommand(dataset));
  const what = results ?? archive;
  return {
    text: [`${what}, against ${truth}`, ...found.lines].join('\n'),
    wraps: true,
    data: { [track.words.results]: what, groundTruth: truth, score: found.data },
  };
}
