import { videoFile } from '../dataset/layout.ts';
import { type ListedFile, listError } from './url-list.ts';

/** A file to fetch, and where it belongs. */
export interface Target extends ListedFile {
  /** Relative to `competition_data/<dataset>`. */
  readonly place: string;
}

/** What of a list belongs to a dataset. */
export interface DatasetFiles {
  /** The lists: metadata and ground truth. */
  readonly lists: readonly Target[];
  /** By id; empty where the list has none of that side. */
  readonly queries: ReadonlyMap<string, Target>;
  readonly references: ReadonlyMap<string, Target>;
  /** Videos in folders of other datasets, by id: phase2 has the references of test. */
  readonly elsewhere: ReadonlyMap<string, Target>;
  /** Names that `vsc` has no place for. */
  readonly unknown: readonly string[];
}

const video = /^([QR]\d{6})\.mp4$/;

/** The CSV files, some of which the downloads have with the dataset's name in front. */
const csv =
  /^(?:[a-z0-9]+_)?(?:query_metadata|reference_metadata|(?:descriptor_|matching_)?ground_truth)\.csv$/;

/**
 * Finds what belongs to a dataset: what is in a folder of its name, or has it in front; and what is in
 * no dataset's. Where a file goes is known from its name alone.
 *
 * @param source what the list is called in messages
 * @param datasets the names of all
 * @throws UsageError for two files with one place, with their lines
 */
export function filesOf(
  source: string,
  files: readonly ListedFile[],
  dataset: string,
  datasets: readonly string[],
): DatasetFiles {
  const own = new Map<string, Target>();
  const elsewhere = new Map<string, Target>();
  const unknown: string[] = [];
  const faults: string[] = [];
  for (const file of files) {
    const place = placeOf(file.name, datasets);
    if (place === undefined) {
      unknown.push(file.name);
      continue;
    }
    const owner = ownerOf(file, datasets);
    const target = { ...file, place };
    if (owner === undefined || owner === dataset) {
      const before = own.get(place);
      if (before) faults.push(`lines ${before.line} and ${file.line} are both ${place}`);
      own.set(place, target);
    } else if (video.test(file.name)) elsewhere.set(idOf(file), target);
  }
  if (faults.length > 0) throw listError(source, faults);
  const all = [...own.values()];
  const side = (letter: string) =>
    new Map(all.filter((file) => file.name.startsWith(letter)).map((file) => [idOf(file), file]));
  const lists = all.filter(({ name }) => !video.test(name));
  return { lists, queries: side('Q'), references: side('R'), elsewhere, unknown };
}

const idOf = ({ name }: ListedFile) => name.slice(0, -'.mp4'.length);

function placeOf(name: string, datasets: readonly string[]): string | undefined {
  const [, id] = video.exec(name) ?? [];
  if (id !== undefined) return `${id.startsWith('Q') ? 'query' : 'reference'}/${videoFile(id)}`;
  if (!csv.test(name)) return undefined;
  const isPlain = /^(?:query|reference|descriptor|matching|ground)_/.test(name);
  return isPlain || datasets.includes(name.split('_')[0] ?? '') ? name : undefined;
}

/** The dataset whose name is in front of the file's own, or is the innermost folder that has one. */
function ownerOf({ name, url }: ListedFile, datasets: readonly string[]): string | undefined {
  const [front = ''] = name.split('_');
  if (datasets.includes(front)) return front;
  return url.pathname.split('/').findLast((part) => datasets.includes(part));
}

/** What is to be fetched of one side, and what the list doesn't have. */
export interface Wanted {
  readonly targets: readonly Target[];
  readonly unlisted: readonly string[];
}

/** The targets of these videos: the dataset's own, else what other datasets have under that id. */
export function targetsOf(
  ids: readonly string[],
  own: ReadonlyMap<string, Target>,
  elsewhere: ReadonlyMap<string, Target>,
): Wanted {
  const targets: Target[] = [];
  const unlisted: string[] = [];
  for (const id of ids) {
    const target = own.get(id) ?? elsewhere.get(id);
    if (target === undefined) unlisted.push(id);
    else targets.push(target);
  }
  return { targets, unlisted };
}
