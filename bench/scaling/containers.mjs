import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { execa } from 'execa';
import { image, main } from '../support/sources.mjs';
import { ids, metadataOf } from './sources.mjs';

/** A vector a second, of as many dimensions as a submission may have. */
const code = `import csv
import numpy as np
ids = sorted(row["video_id"] for row in csv.DictReader(open("/data/query_subset.csv")))
names, times = np.repeat(ids, 30), np.tile(np.arange(30, dtype=np.float32), len(ids))
features = np.random.default_rng(1).standard_normal((len(names), 512), dtype=np.float32)
np.savez("subset_query_descriptors.npz", video_ids=names, timestamps=times, features=features)
`;

/** As many queries and references as the challenge has, by their share. */
const shares = (videos) => {
  const queries = Math.round(videos / 6);
  return [ids('Q', queries), ids('R', videos - queries)];
};

const factsOf = (task) => JSON.parse(readFileSync(join(task, 'done/result.json'), 'utf8')).facts;

/** Runs a task again as a node does. @returns its seconds, and what it left */
async function again(task) {
  rmSync(join(task, 'done'), { recursive: true });
  const begun = performance.now();
  await execa('node', [main, 'run-task', task]);
  return { seconds: (performance.now() - begun) / 1000, facts: factsOf(task) };
}

const vsc = (project, ...line) => execa('node', [main, '-C', project, ...line, '--image', image]);

/** What tasks cost a node besides the code of those who take part: from the process's start to its end. */
export function containerParts({ writeRandomDescriptors }) {
  /** A project whose metadata list so many videos. */
  const projectIn = (place, videos) => {
    const sides = shares(videos);
    mkdirSync(join(place, 'submission_src'), { recursive: true });
    writeFileSync(join(place, 'submission_src/main.py'), code);
    return sides;
  };

  /** A project with a submission for so many videos, a tenth of the queries in the subset. */
  const judgedProject = async (place, videos) => {
    const [queries, references] = projectIn(place, videos);
    const data = join(place, 'data/test');
    mkdirSync(join(data, 'query'), { recursive: true });
    writeFileSync(join(data, 'query_metadata.csv'), metadataOf(queries));
    writeFileSync(join(data, 'reference_metadata.csv'), metadataOf(references));
    const subset = queries.slice(0, Math.ceil(queries.length / 10));
    writeFileSync(join(data, 'query_subset.csv'), `${['video_id', ...subset].join('\n')}\n`);
    for (const [name, all] of [
      ['query', queries],
      ['reference', references],
    ]) {
      const path = join(place, `submission_src/${name}_descriptors.npz`);
      const durations = new Map(all.map((id) => [id, 29.5]));
      await writeRandomDescriptors(path, durations, { seed: 1, dimensions: 512 });
    }
    await execa('node', [main, '-C', place, 'pack-submission', '--dataset', 'test']);
    mkdirSync(join(place, 'zips'));
    cpSync(join(place, 'submission/submission.zip'), join(place, 'zips/team.zip'));
    await vsc(place, 'batch', 'zips', '--dataset', 'test');
    return join(place, 'batch/zips-test-descriptor/submissions/team');
  };

  const judged = (name, secondsOf) => ({
    name,
    unit: 'video',
    sizes: [480, 1_440, 4_800],
    rounds: 3,
    async prepare(size, place) {
      const task = await judgedProject(place, size);
      return { ways: { ours: async () => secondsOf(await again(task)) } };
    },
  });

  return [
    {
      name: "a shard's task besides its container",
      unit: 'video of the dataset',
      sizes: [480, 4_800, 48_000],
      rounds: 5,
      async prepare(size, place) {
        const data = join(place, 'competition_data/test');
        for (const [at, all] of projectIn(place, size).entries()) {
          const name = ['query', 'reference'][at];
          mkdirSync(join(data, name), { recursive: true });
          writeFileSync(join(data, `${name}_metadata.csv`), metadataOf(all));
          for (const id of all.slice(0, 100)) writeFileSync(join(data, name, `${id}.mp4`), '');
        }
        await vsc(place, 'describe', '--dataset', 'test');
        const shards = join(place, 'describe/submission_src-test/shards');
        const task = join(shards, readdirSync(shards).sort().at(-1));
        const seconds = async () => {
          const { seconds, facts } = await again(task);
          return seconds - facts.seconds;
        };
        return { ways: { ours: seconds } };
      },
    },
    judged(
      "a submission's task besides its containers",
      ({ seconds, facts }) => seconds - facts.containerSeconds,
    ),
    judged(
      "a submission's containers, with code that takes no time",
      ({ facts }) => facts.containerSeconds,
    ),
  ];
}
