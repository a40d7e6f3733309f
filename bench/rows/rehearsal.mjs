import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { image, main } from '../support/sources.mjs';

/** The two programs of a script that starts five: what checks, twice, and what searches, twice. */
const check = `
import sys
import numpy as np, pandas as pd
for path, table in zip(sys.argv[1::2], sys.argv[2::2]):
    arrays, videos = np.load(path, allow_pickle=False), pd.read_csv(table)
    ids, times, features = arrays["video_ids"], arrays["timestamps"], arrays["features"]
    assert len(ids) == len(times) == len(features) and features.dtype == np.float32
    assert len(features) <= np.ceil(videos.get("duration_sec", pd.Series([1e9]))).sum()
`;
const search = `
import sys
from collections import defaultdict
import faiss, numpy as np, pandas as pd
from faiss.contrib.exhaustive_search import exponential_query_iterator, range_search_max_results
query, reference = (np.load(path, allow_pickle=False) for path in sys.argv[1:3])
query_ids, reference_ids = query["video_ids"], reference["video_ids"]
queries = query["features"]
index = faiss.IndexFlatIP(queries.shape[1])
index.add(reference["features"])
videos = len(set(query_ids))
_, limits, scores, found = range_search_max_results(
    index, exponential_query_iterator(queries), -1e10, max_results=2400 * videos, min_results=1200 * videos, ngpu=0)
pairs = [(at, found[k], scores[k]) for at in range(len(queries)) for k in range(limits[at], limits[at + 1])]
pairs.sort(key=lambda pair: pair[2], reverse=True)
best = defaultdict(list)
for row, column, score in pairs[:1200 * videos]:
    best[query_ids[row], reference_ids[column]].append(score)
ranking = sorted(((max(all), *pair) for pair, all in best.items()), reverse=True)[:25 * videos]
pd.DataFrame([(q, r, s) for s, q, r in ranking], columns=["query_id", "ref_id", "score"]).to_csv(sys.argv[3], index=False)
`;
const script = `
set -e
cd /code_execution
python3 -m zipfile -e submission/submission.zip .
python3 /bench/check.py query_descriptors.npz /data/query_metadata.csv reference_descriptors.npz /data/reference_metadata.csv
python3 main.py
python3 /bench/check.py subset_query_descriptors.npz /data/query_subset.csv reference_descriptors.npz /data/reference_metadata.csv
python3 /bench/search.py subset_query_descriptors.npz reference_descriptors.npz subset_rankings.csv
python3 /bench/search.py query_descriptors.npz reference_descriptors.npz full_rankings.csv
tar -czf submission/submission.tar.gz full_rankings.csv subset_rankings.csv
`;

const ids = (letter, count) => Array.from({ length: count }, (_, at) => `${letter}${100001 + at}`);

/** \`count\` queries and references of 10 to 50 s, a seventh of the queries in the subset. */
function writeData(folder, count) {
  mkdirSync(folder, { recursive: true });
  const metadata = (all) =>
    ['video_id,duration_sec', ...all.map((id, at) => `${id},${10 + (at % 40)}.5`), ''].join('\n');
  const [queries, references] = [ids('Q', count), ids('R', count)];
  writeFileSync(join(folder, 'query_metadata.csv'), metadata(queries));
  writeFileSync(join(folder, 'reference_metadata.csv'), metadata(references));
  const subset = queries.slice(0, Math.round(count * 0.14));
  writeFileSync(join(folder, 'query_subset.csv'), ['video_id', ...subset, ''].join('\n'));
}

export const rows = [
  {
    name: 'the quickstart rehearsed, to the summary',
    unit: 'query',
    // Queries, and as many references; the last is the one of the claim.
    sizes: [400, 200, 100],
    against: 'a script of five Python processes in one container, same packages',
    limit: 0.25,
    also: [
      { name: 'of an empty container', of: ({ ours, empty }) => ours.seconds / empty.seconds },
      { name: 'of one container', of: ({ ours, one }) => ours.seconds / one.seconds },
    ],
    rounds: 7,
    async prepare(size, place) {
      const data = join(place, 'data/test');
      writeData(data, size);
      const bench = join(place, 'bench');
      mkdirSync(bench);
      writeFileSync(join(bench, 'check.py'), check);
      writeFileSync(join(bench, 'search.py'), search);
      const vsc = (...line) => execa('node', [main, '-C', place, ...line, '--dataset', 'test']);
      await vsc('pack-quickstart');
      const submission = join(place, 'alone');
      cpSync(join(place, 'submission'), submission, { recursive: true });
      const mounts = [
        `${data}:/data:ro`,
        `${submission}:/code_execution/submission`,
        `${bench}:/bench:ro`,
      ];
      const volumes = mounts.flatMap((mount) => ['-v', mount]);
      const docker = (...line) =>
        execa('docker', ['run', '--rm', '--network', 'none', ...volumes, ...line]);
      const testing = ['test-submission', '--block-internet', '--image', image];
      return {
        ways: {
          theirs: async () => void (await docker('--entrypoint', 'bash', image, '-c', script)),
          ours: async () => void (await vsc(...testing)),
          one: async () => void (await docker(image)),
          empty: async () => void (await docker('--entrypoint', 'true', image)),
        },
      };
    },
  },
];
