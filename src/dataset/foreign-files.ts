import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvironmentError, systemCode } from '../errors.ts';
import { hasGroundTruth } from './layout.ts';

/** What operating systems and editors drop everywhere. */
const droppings = /^(\.DS_Store|\.gitkeep|Thumbs\.db|desktop\.ini|\._.*)$/;
const queryVideo = /^Q\d{6}\.mp4$/;

/**
 * Makes sure that a folder about to be replaced is one that `vsc data-subset` made, or empty: it has
 * a `query_subset.csv` and nothing that isn't of the shape of `data/<dataset>`.
 *
 * @throws EnvironmentError that names the files `vsc` would otherwise delete
 */
export async function refuseStrangers(folder: string, dataset: string): Promise<void> {
  const found = await strangers(folder, dataset);
  if (found.length === 0) return;
  const more = found.length > 5 ? ` and ${found.length - 5} more` : '';
  throw new EnvironmentError(
    `${folder} holds what "vsc data-subset" did not put there, and would be replaced: ` +
      `${found.slice(0, 5).join(', ')}${more}.`,
    ['Move these away; or, if nothing in it is worth keeping, delete that folder and run again.'],
  );
}

async function strangers(folder: string, dataset: string): Promise<string[]> {
  const names = await namesIn(folder);
  const known = new Set([
    ...['query_metadata.csv', 'reference_metadata.csv', 'query_subset.csv', 'query'],
    ...(hasGroundTruth(dataset) ? ['ground_truth.csv', 'subset_ground_truth.csv'] : []),
  ]);
  if (!names.includes('query_subset.csv')) return names;
  const videos = names.includes('query') ? await namesIn(join(folder, 'query')) : [];
  return [
    ...names.filter((name) => !known.has(name)),
    ...videos.filter((name) => !queryVideo.test(name)).map((name) => join('query', name)),
  ];
}

async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  });
  return names.filter((name) => !droppings.test(name)).sort();
}
