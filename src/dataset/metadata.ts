import { quoted } from '../progress/visible.ts';
import { type CsvRow, csvError, csvLine, parseDecimal, readCsv } from './csv.ts';

/** Which side of a comparison a video is on; its id begins with Q or R. */
export type VideoKind = 'query' | 'reference';

/** What `vsc` needs of a metadata CSV, and all it keeps. */
export interface VideoMetadata {
  /** Where it was read. */
  readonly path: string;
  /** Seconds by video id, in file order. Never empty. */
  readonly durations: ReadonlyMap<string, number>;
}

const idPatterns: Readonly<Record<VideoKind | 'any', RegExp>> = {
  query: /^Q\d{6}$/,
  reference: /^R\d{6}$/,
  any: /^[QR]\d{6}$/,
};

/**
 * Reads `query_metadata.csv` or `reference_metadata.csv`: the columns `video_id` and `duration_sec`,
 * the latter in seconds; others are passed over.
 *
 * @param kind demands the ids of that side; without it either side will do
 * @throws EnvironmentError naming the file, the line and what is wrong
 */
export async function readMetadata(path: string, kind?: VideoKind): Promise<VideoMetadata> {
  const read = (row: CsvRow) => secondsIn(path, row);
  const { videos: durations } = await readVideos(path, ['duration_sec'], kind, read);
  return { path, durations };
}

/** Metadata with all that they say, to be handed on. */
export interface MetadataLines extends VideoMetadata {
  /** The first line. */
  readonly header: string;
  /** The others by video id, in file order. */
  readonly lines: ReadonlyMap<string, string>;
}

/** As {@link readMetadata}, with the lines themselves. */
export async function readMetadataLines(path: string, kind: VideoKind): Promise<MetadataLines> {
  const durations = new Map<string, number>();
  const read = (row: CsvRow) => {
    durations.set(row.values[0] ?? '', secondsIn(path, row));
    return csvLine(row.fields);
  };
  const { header, videos: lines } = await readVideos(path, ['duration_sec'], kind, read);
  return { path, durations, header: csvLine(header), lines };
}

function secondsIn(path: string, { values: [, text = ''], line }: CsvRow): number {
  const seconds = parseDecimal(text);
  if (seconds >= 0 && seconds < Number.POSITIVE_INFINITY) return seconds;
  const what = text === '' ? 'empty' : quoted(text);
  throw csvError(path, line, `duration_sec is ${what}, not a finite number of seconds from 0 up`);
}

/**
 * Reads `query_subset.csv`.
 *
 * @returns the ids of the subset's queries in file order; never empty
 * @throws EnvironmentError naming the file, the line and what is wrong
 */
export async function readQuerySubset(path: string): Promise<readonly string[]> {
  const { videos } = await readVideos(path, [], 'query', () => null);
  return [...videos.keys()];
}

/** The header, and a value for each video listed, in file order; each may be listed once. */
async function readVideos<Value>(
  path: string,
  columns: readonly string[],
  kind: VideoKind | undefined,
  read: (row: CsvRow) => Value,
): Promise<{ header: readonly string[]; videos: ReadonlyMap<string, Value> }> {
  const videos = new Map<string, Value>();
  const header = await readCsv(path, ['video_id', ...columns], (row) => {
    const [id = ''] = row.values;
    checkId(path, row, 'video_id', id, kind);
    if (videos.has(id)) throw csvError(path, row.line, `${id} is listed a second time`);
    videos.set(id, read(row));
  });
  if (videos.size === 0) throw csvError(path, 2, 'no videos are listed');
  return { header, videos };
}

/**
 * How many vectors a set of descriptors may have: the sum of `ceil(duration_sec)`, rule 1 of the
 * challenge.
 *
 * @param ids counts these videos only; one that the metadata doesn't list adds nothing
 */
export function maxDescriptors(
  durations: ReadonlyMap<string, number>,
  ids: Iterable<string> = durations.keys(),
): number {
  let sum = 0;
  for (const id of ids) sum += Math.ceil(durations.get(id) ?? 0);
  return sum;
}

/** @throws EnvironmentError if `id` is empty or no id of that side */
export function checkId(
  path: string,
  row: CsvRow,
  column: string,
  id: string,
  kind?: VideoKind,
): void {
  if (idPatterns[kind ?? 'any'].test(id)) return;
  if (id === '') throw csvError(path, row.line, `${column} is empty`);
  const letter = { query: 'Q', reference: 'R', any: 'Q or R' }[kind ?? 'any'];
  throw csvError(path, row.line, `${column} is ${quoted(id)}, not ${letter} and six digits`);
}
