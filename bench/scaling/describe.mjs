import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ids, metadataOf, world } from './sources.mjs';

const sha256 = '0'.repeat(64);
const origin = { dataset: 'test', code: sha256, image: `sha256:${sha256}` };
const image = { id: origin.image, name: 'bench', digests: [], archive: '/nowhere.tar' };
const [videosPerShard, vectorsPerVideo, dimensions] = [100, 30, 512];

/** What describing costs whoever hands it over: what grows with the videos, and what with the shards. */
export function describeParts(sources) {
  const { DescribeFolder, findDone, findSources, keyOf, planShards, runShards } = sources;
  const { digestFile, tracks, writeRandomDescriptors } = sources;
  const track = tracks.descriptor;
  const { description } = track;

  const shardsOf = (count) => {
    const videos = ids('R', count * videosPerShard).map((id) => ({
      id,
      seconds: 29.5,
      bytes: 1e6,
    }));
    return planShards({ query: [], reference: videos });
  };

  /** A plan as `prepare` makes it, whose tables and code hold nothing. */
  const planned = (count, place) => {
    mkdirSync(place, { recursive: true });
    const folder = new DescribeFolder(place, description.made);
    const [code, path] = [folder.code, join(place, 'metadata.csv')];
    for (const file of [code, path]) writeFileSync(file, '');
    const side = { path, folder: place, videos: [] };
    const run = { image, root: place, zip: code, dataset: 'test', blockInternet: true };
    return {
      sources: { query: side, reference: side },
      shards: shardsOf(count),
      origin,
      folder,
      run: { ...run, gpus: false, limits: {}, logBytes: 1e6 },
    };
  };
  const request = { track, description, needs: { cores: 1, gpus: 0 }, retryFailed: false };

  /** Plans, up to where tasks would be handed over. */
  const plan = async (prepared) => {
    const found = await findDone(prepared, request, world);
    const stop = new Error('planned');
    const submit = async () => {
      throw stop;
    };
    const scheduler = {
      name: 'none',
      outlives: false,
      attempts: 1,
      submit,
      cancel: async () => {},
    };
    await runShards(prepared, found, request, { ...world, scheduler }).catch((error) => {
      if (error !== stop) throw error;
    });
  };

  return [
    {
      name: 'looking for videos',
      unit: 'video',
      sizes: [480, 4_800, 48_000],
      rounds: 3,
      async prepare(size, place) {
        const [data, references] = [join(place, 'competition_data/test'), Math.round(size / 1.2)];
        for (const [name, all] of [
          ['query', ids('Q', size - references)],
          ['reference', ids('R', references)],
        ]) {
          mkdirSync(join(data, name), { recursive: true });
          writeFileSync(join(data, `${name}_metadata.csv`), metadataOf(all));
          for (const id of all) writeFileSync(join(data, name, `${id}.mp4`), '');
        }
        const project = { root: place, competitionData: join(place, 'competition_data') };
        const asked = { project, dataset: 'test', track, description };
        return {
          ways: { ours: async () => void (await findSources(asked, world.reporter, world.signal)) },
        };
      },
    },
    {
      name: 'planning shards',
      unit: 'shard',
      sizes: [48, 160, 480],
      rounds: 5,
      async prepare(size, place) {
        let round = 0;
        let prepared;
        return {
          between: async () => {
            prepared = planned(size, join(place, String(round++)));
          },
          ways: { ours: () => plan(prepared) },
        };
      },
    },
    {
      name: 'coming back to shards that are done',
      unit: 'shard',
      sizes: [48, 160, 480],
      rounds: 5,
      async prepare(size, place) {
        const prepared = planned(size, place);
        await plan(prepared);
        for (const shard of prepared.shards) {
          const attempt = await prepared.folder.taskOf(shard).attempt(keyOf(shard, origin), {
            ...world.owner,
            node: 'bench',
          });
          const made = join(attempt.folder, description.made);
          writeFileSync(made, 'made');
          const { sha256 } = await digestFile(made);
          await attempt.succeed({ sha256, count: 1, seconds: 1 });
        }
        return {
          ways: {
            ours: async () => {
              const { waiting } = await findDone(prepared, request, world);
              if (waiting.length > 0) throw new Error(`${waiting.length} are not done.`);
            },
          },
        };
      },
    },
    {
      name: 'merging shards',
      unit: 'shard',
      sizes: [48, 160, 480],
      rounds: 3,
      async prepare(size, place) {
        mkdirSync(place, { recursive: true });
        const durations = new Map(ids('R', videosPerShard).map((id) => [id, vectorsPerVideo]));
        const first = join(place, 'first.npz');
        // About half of them: a video has one to thirty vectors here, and another seed has another sum.
        const twice = new Map([...durations].map(([id, seconds]) => [id, 2 * seconds - 1]));
        const { vectors: count } = await writeRandomDescriptors(first, twice, {
          seed: 1,
          dimensions,
        });
        const shards = shardsOf(size).map(({ name }) => {
          const path = join(place, `${name}.npz`);
          copyFileSync(first, path);
          return { name, path, count };
        });
        return {
          ways: { ours: () => description.merge(join(place, 'all.npz'), shards, world.signal) },
        };
      },
    },
    {
      name: 'digests',
      unit: 'GB',
      sizes: [0.1, 0.3, 1],
      rounds: 5,
      async prepare(size, place) {
        mkdirSync(place, { recursive: true });
        const path = join(place, 'file');
        const piece = Buffer.alloc(1e6, 'abcdefg');
        writeFileSync(path, '');
        for (let at = 0; at < size * 1e3; at += 1) writeFileSync(path, piece, { flag: 'a' });
        return { ways: { ours: async () => void (await digestFile(path)) } };
      },
    },
  ];
}
