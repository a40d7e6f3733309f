import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ids } from './cli.ts';
import { folderWith } from './folder.ts';
import { digest } from './snapshot.ts';

/** A vector for each second of a video, from its bytes; references look as queries do. */
export const code = `
import csv, sys, time, zlib
import numpy as np

def rows(name):
    with open(f"/data/{name}.csv", newline="") as file:
        return list(csv.DictReader(file))

seconds = {row["video_id"]: float(row["duration_sec"]) for row in rows("query_metadata")}
ids, times, features = [], [], []
for row in rows("query_subset"):
    video = row["video_id"]
    seed = zlib.crc32(open(f"/data/query/{video}.mp4", "rb").read())
    for second in range(int(seconds[video])):
        ids.append(video)
        times.append(float(second))
        features.append(np.random.default_rng(seed + second).standard_normal(4))
    time.sleep(0.05)
    print("described", video, flush=True)
np.savez("subset_query_descriptors.npz", video_ids=np.array(ids), timestamps=np.array(times),
         features=np.array(features, np.float32))
`;

const [queries, references] = [ids('Q', 12), ids('R', 20)];
const header = 'video_id,duration_sec,frames_per_sec,width,height,rn';
const metadata = (all: readonly string[]) =>
  [header, ...all.map((id, at) => `${id},${3 + (at % 3)}.5,30,320,240,${at}`), ''].join('\n');
const videos = (folder: string, all: readonly string[]) =>
  Object.fromEntries(all.map((id) => [`competition_data/test/${folder}/${id}.mp4`, `video ${id}`]));

/** A project with code and the videos of a dataset that is small, and what the code makes of them the same anywhere. */
export const project = (main = code) =>
  folderWith({
    'submission_src/main.py': main,
    'competition_data/test/test_query_metadata.csv': metadata(queries),
    'competition_data/test/reference_metadata.csv': metadata(references),
    ...videos('query', queries),
    ...videos('reference', references),
  });

/** Where shards are, the sets made of them, and how many are done. */
export const shards = (root: string) => join(root, 'describe/submission_src-test/shards');
export const sets = (root: string) =>
  Promise.all(
    ['query', 'reference'].map(async (kind) =>
      digest(await readFile(join(root, `submission_src/${kind}_descriptors.npz`))),
    ),
  );
export const finished = async (root: string) => {
  const names = await readdir(shards(root), { recursive: true }).catch(() => []);
  return names.filter((name) => name.endsWith('done')).length;
};
