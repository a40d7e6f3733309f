import { join } from 'node:path';
import { readGroundTruth } from '../dataset/ground-truth.ts';
import { readMetadata, type VideoKind } from '../dataset/metadata.ts';
import { sampleIds } from '../dataset/sampling.ts';
import { groundTruths, truthNamesIn } from '../dataset/truths.ts';
import { fewOf } from '../dataset/video-faults.ts';
import { EnvironmentError } from '../errors.ts';
import { lookForFile } from '../places.ts';
import type { Reporter } from '../progress/events.ts';
import { formatCount } from '../progress/format.ts';
import { type DatasetFiles, type Target, targetsOf } from './choice.ts';

/** The videos to fetch. */
export interface DrawnVideos {
  /** Those that the list has. */
  readonly targets: readonly Target[];
  /** How many of them are queries, and references. */
  readonly queries: number;
  readonly references: number;
  /** Ids of those that it has not. */
  readonly unlisted: readonly string[];
}

/** What decides the draw. */
export interface DrawRequest {
  readonly dataset: string;
  /** Share of the videos; 1 is all. */
  readonly proportion: number;
  /** Whether reference videos are wanted too. */
  readonly references: boolean;
}

/**
 * Draws the queries that `vsc data-subset` draws with this proportion. Of the references as large a share,
 * drawn the same way, and those that the drawn queries have copied from.
 *
 * @param folders where the CSV files are, the first that has one
 * @throws EnvironmentError for malformed CSV files, and where there is nothing to draw from
 */
export async function drawVideos(
  { dataset, proportion, references }: DrawRequest,
  files: DatasetFiles,
  folders: readonly string[],
  report: Reporter['report'],
): Promise<DrawnVideos> {
  const draw = async (kind: VideoKind) => {
    const own = kind === 'query' ? files.queries : files.references;
    const path = await findList(folders, [
      `${kind}_metadata.csv`,
      `${dataset}_${kind}_metadata.csv`,
    ]);
    if (path === undefined) tellWithout(kind, dataset, report);
    const listed = path === undefined ? [...own.keys()].sort() : await idsIn(path, kind);
    return { ids: sampleIds(listed, proportion), own };
  };
  const queries = await draw('query');
  const wantedQueries = targetsOf(queries.ids, queries.own, files.elsewhere);
  let wantedReferences: typeof wantedQueries = { targets: [], unlisted: [] };
  if (references) {
    const { ids, own } = await draw('reference');
    const truths = groundTruths.flatMap((names) => truthNamesIn(names, dataset));
    const copied = await copiedBy(queries.ids, await findList(folders, truths));
    wantedReferences = targetsOf([...new Set([...ids, ...copied])].sort(), own, files.elsewhere);
  }
  const targets = [...wantedQueries.targets, ...wantedReferences.targets];
  if (targets.length === 0) {
    throw new EnvironmentError(`The list has no videos of ${dataset}.`, [
      'See that it is the right one, and the right --dataset.',
    ]);
  }
  const unlisted = [...wantedQueries.unlisted, ...wantedReferences.unlisted];
  if (unlisted.length > 0) {
    const message = `The list has no URL for ${formatCount(unlisted.length)} of the videos (${fewOf(unlisted)}).`;
    report({ type: 'warning', message });
  }
  const counts = {
    queries: wantedQueries.targets.length,
    references: wantedReferences.targets.length,
  };
  return { targets, ...counts, unlisted };
}

/**
 * The list's CSV files but for those that are there under another of their names: with the dataset's in
 * front, or without.
 */
export async function listsOf(
  { lists }: DatasetFiles,
  folder: string,
  dataset: string,
): Promise<Target[]> {
  const wanted: Target[] = [];
  for (const target of lists) {
    const there = await findList([folder], namesOf(target.name, dataset));
    if (there === undefined || there === join(folder, target.name)) wanted.push(target);
  }
  return wanted;
}

/** All that a list of the same content may be called. */
function namesOf(name: string, dataset: string): readonly string[] {
  const plain = name.replace(`${dataset}_`, '');
  const kinds = [
    ...groundTruths.map((names) => truthNamesIn(names, dataset)),
    [plain, `${dataset}_${plain}`],
  ];
  return kinds.find((names) => names.includes(name)) ?? [name];
}

async function findList(
  folders: readonly string[],
  names: readonly string[],
): Promise<string | undefined> {
  for (const folder of folders) {
    for (const name of names) {
      const path = join(folder, name);
      if (await lookForFile(path)) return path;
    }
  }
  return undefined;
}

async function idsIn(path: string, kind: VideoKind): Promise<string[]> {
  return [...(await readMetadata(path, kind)).durations.keys()];
}

async function copiedBy(queries: readonly string[], path: string | undefined): Promise<string[]> {
  if (path === undefined) return [];
  const drawn = new Set(queries);
  const { references } = await readGroundTruth(path, (query) => drawn.has(query));
  return [...references.values()].flatMap((ids) => [...ids]);
}

function tellWithout(kind: VideoKind, dataset: string, report: Reporter['report']): void {
  const name = `${dataset}_${kind}_metadata.csv`;
  const message =
    `There is no ${name}, here or in the list: the videos are drawn from those in the list. ` +
    '"vsc data-subset" needs that file; it comes from the competition\'s data page.';
  report({ type: 'warning', message });
}
