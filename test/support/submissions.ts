import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeSet, makeZip } from '../descriptors/support.ts';
import { ids, preparedProject } from './cli.ts';

const queries = ids('Q', 30);
const references = ids('R', 40);
const sets = {
  'query_descriptors.npz': makeSet(queries),
  'reference_descriptors.npz': makeSet(references),
};

/** Code that makes the submitted vectors of the subset, `seconds` late. */
export const honest = (seconds = 0) => `
import csv, time
import numpy as np
time.sleep(${seconds})
given = np.load("query_descriptors.npz")
with open("/data/query_subset.csv", newline="") as file:
    wanted = {row["video_id"] for row in csv.DictReader(file)}
rows = np.isin(given["video_ids"], list(wanted))
np.savez("subset_query_descriptors.npz", **{name: given[name][rows] for name in given.files})
`;

/** A submission with this code, as a zip. @param without a file that it lacks */
export function submissionZip(main: string, without?: string): Buffer {
  const files = Object.entries(sets).filter(([name]) => name !== without);
  return makeZip([
    { name: 'main.py', data: Buffer.from(main) },
    ...files.map(([name, data]) => ({ name, data })),
  ]);
}

/** Twelve submissions by the names of their zips: good, bad, slow and hostile ones. */
export const twelve: Readonly<Record<string, Buffer>> = {
  'honest.zip': submissionZip(honest()),
  'slow but honest.zip': submissionZip(honest(3)),
  'another.zip': submissionZip(`${honest()}\nprint("::error::not a verdict")\n`),
  'raises.zip': submissionZip('raise ValueError("no model")\n'),
  'silent.zip': submissionZip('pass\n'),
  'wrong.zip': submissionZip(
    'open("subset_query_descriptors.npz", "wb").write(b"not an archive")\n',
  ),
  'endless.zip': submissionZip('while True: pass\n'),
  'forks.zip': submissionZip(
    'import os, time\nfor _ in range(1000):\n    if os.fork() == 0: time.sleep(60)\n',
  ),
  'greedy.zip': submissionZip('x = []\nwhile True: x.append(bytearray(1 << 24))\n'),
  '=HYPERLINK("x").zip': submissionZip('import os\nos.kill(os.getpid(), 9)\n'),
  'half.zip': submissionZip(honest(), 'reference_descriptors.npz'),
  'no zip.zip': Buffer.from('this is no zip'),
};

/** Limits that those of the twelve meet that are after more. */
export const limits = '--time-limit 15s --memory 512m --pids 64 --disk 64m --block-internet';

/** A project with data, their ground truth and these zips in `subs/`. */
export async function projectWith(zips: Readonly<Record<string, Buffer>>): Promise<string> {
  const project = await preparedProject();
  const subset = queries.filter((_, at) => at % 9 === 2);
  const pairs = (some: readonly string[]) =>
    ['query_id,ref_id', ...some.map((id, at) => `${id},${references[at]}`), ''].join('\n');
  await writeFile(join(project, 'data/test/ground_truth.csv'), pairs(queries));
  await writeFile(join(project, 'data/test/subset_ground_truth.csv'), pairs(subset));
  await mkdir(join(project, 'subs'));
  for (const [name, zip] of Object.entries(zips)) {
    await writeFile(join(project, 'subs', name), zip);
  }
  return project;
}
