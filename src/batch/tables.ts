import { join } from 'node:path';
import { localDisk, writeTextWhole } from '../files.ts';
import { jsonText } from '../progress/json.ts';
import type { BatchRequest } from './prepared.ts';
import { csvText, toldOf } from './told.ts';
import type { Row } from './verdict.ts';

/** Version of the form of `results.json`. */
const version = 1;

/** Absolute paths of a batch's result, in three forms. */
export interface Tables {
  readonly csv: string;
  readonly json: string;
  readonly page: string;
}

/** What all rows of a table have in common. */
export type Conditions = Pick<BatchRequest, 'track' | 'dataset'>;

/** Writes the table of a batch in all its forms, each whole or not at all. */
export async function writeTables(
  root: string,
  rows: readonly Row[],
  { track, dataset }: Conditions,
): Promise<Tables> {
  const { batchPage } = await import('./page.ts');
  const tables = {
    csv: join(root, 'results.csv'),
    json: join(root, 'results.json'),
    page: join(root, 'results.html'),
  };
  const told = rows.map((row) => toldOf(row, root));
  const { metric, title } = { ...track.results, title: track.title };
  const json = { version, track: title, dataset, metric: metric.name, submissions: told };
  const texts = [
    [tables.csv, csvText(told, metric.column)],
    [tables.json, `${jsonText(json, 1)}\n`],
    [tables.page, batchPage(told, { track: title, dataset, metric: metric.name })],
  ] as const;
  for (const [path, text] of texts) {
    await localDisk(`write ${path}`, () => writeTextWhole(path, text));
  }
  return tables;
}
