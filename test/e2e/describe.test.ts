import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { containersOf, ids, run, vsc } from '../support/cli.ts';
import { folderWith } from '../support/folder.ts';
import { digest } from '../support/snapshot.ts';

/** A vector for each second of a video, from its bytes; references look as queries do. */
const code = `
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

const project = (main = code) =>
  folderWith({
    'submission_src/main.py': main,
    'competition_data/test/test_query_metadata.csv': metadata(queries),
    'competition_data/test/reference_metadata.csv': metadata(references),
    ...videos('query', queries),
    ...videos('reference', references),
  });

const command = 'describe --dataset test --shards 6 --parallel 3';
const shards = (root: string) => join(root, 'describe/submission_src-test/shards');
const sets = (root: string) =>
  Promise.all(
    ['query', 'reference'].map(async (kind) =>
      digest(await readFile(join(root, `submission_src/${kind}_descriptors.npz`))),
    ),
  );
const finished = async (root: string) => {
  const names = await readdir(shards(root), { recursive: true }).catch(() => []);
  return names.filter((name) => name.endsWith('done')).length;
};

it('makes sets that a submission passes with, and keeps what is done', {
  timeout: 60_000,
}, async () => {
  const root = await project();
  const made = await run(root, command);
  expect(made.exitCode, made.stderr).toBe(0);
  expect(made.stdout).toContain('query_descriptors.npz: 48 vectors of 12 videos');
  expect(made.stdout).toContain('reference_descriptors.npz: 79 vectors of 20 videos');
  expect(made.stderr).not.toContain('described'); // the code's own words are in the logs
  const log = await readFile(join(shards(root), 'reference-002/done/log.txt'), 'utf8');
  expect(log).toMatch(/described R\d{6}/);
  const before = await sets(root);
  const again = await run(root, command);
  expect(again.stderr).toContain('6 of 6 shards are done already.');
  expect(await sets(root)).toEqual(before);
  await writeFile(join(root, 'submission_src/main.py'), `${code}# changed\n`);
  const anew = await run(root, command);
  expect(anew.stderr).toMatch(
    /The code in \S+submission_src has changed: all shards are described anew/,
  );
  expect(await sets(root)).toEqual(before);
  const data = await run(root, 'data-subset --dataset test', { SUBSET_PROPORTION: '0.5' });
  expect(data.exitCode, data.stderr).toBe(0);
  const packed = await run(root, 'pack-submission --dataset test --describe');
  expect(packed.exitCode, packed.stderr).toBe(0);
  expect(await sets(root)).toEqual(before); // in two shards now
  const tested = await run(root, 'test-submission --dataset test --block-internet');
  expect(tested.exitCode, tested.stderr).toBe(0);
  expect(tested.stdout).toMatch(/reproduces/);
});

it('killed at random three times, gives the bytes of a run that was not', {
  timeout: 120_000,
}, async () => {
  const [whole, root] = [await project(), await project()];
  expect((await run(whole, command)).exitCode).toBe(0);
  for (const kept of [1, 2, 4]) {
    const running = vsc(root, `${command} --parallel 2`);
    const ended = new AbortController();
    running.finally(() => ended.abort());
    while (!ended.signal.aborted && (await finished(root)) < kept) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 700));
    running.kill('SIGKILL');
    await running;
    expect(await finished(root)).toBeGreaterThanOrEqual(kept);
  }
  const last = await run(root, `${command} --parallel 2`);
  expect(last.exitCode, last.stderr).toBe(0);
  expect(last.stderr).toMatch(/[4-6] of 6 shards are done already/);
  expect(await sets(root)).toEqual(await sets(whole));
  expect(await containersOf(root)).toBe('');
  expect((await readdir(shards(root), { recursive: true })).join()).not.toContain('.attempt');
});

it('names a shard that fails, keeps the others, and tries that alone', {
  timeout: 60_000,
}, async () => {
  const root = await project(
    code.replace(
      '    time.sleep',
      '    assert open(f"/data/query/{video}.mp4").read() != "bad"\n    time.sleep',
    ),
  );
  const broken = join(root, 'competition_data/test/reference/R100010.mp4');
  await writeFile(broken, 'bad');
  const failed = await run(root, command);
  expect(failed.exitCode).toBe(1);
  expect(failed.stderr).toMatch(/A shard failed, twice\. reference-00\d: .*AssertionError/);
  const log = /\S+failed\/log\.txt/.exec(failed.stderr)?.[0] ?? '';
  expect(await readFile(log, 'utf8')).toContain('AssertionError');
  expect(await finished(root)).toBe(5);
  await writeFile(broken, 'well');
  // The video has changed, and with it what the shard is made of: it is not what has failed.
  const mended = await run(root, command);
  expect(mended.exitCode, mended.stderr).toBe(0);
  expect(mended.stderr).toContain('5 of 6 shards are done already.');
  expect((await readdir(shards(root), { recursive: true })).join()).not.toContain('failed');
});

it('runs with --retry-failed what has failed and nothing else', { timeout: 60_000 }, async () => {
  const limited = code.replace('time.sleep(0.05)', 'time.sleep(8 if video == "R100010" else 0)');
  const root = await project(limited);
  expect((await run(root, `${command} --time-limit 3s`)).stderr).toMatch(
    /A shard failed.*time limit/,
  );
  await rm(join(shards(root), 'query-001'), { recursive: true });
  const retried = await run(root, `${command} --time-limit 4s --retry-failed`);
  expect(retried.exitCode).toBe(1);
  expect(await finished(root)).toBe(4); // query-001 is as it was: not there
  const enough = await run(root, `${command} --retry-failed`);
  expect(enough.exitCode, enough.stderr).toBe(0);
  expect(enough.stdout).toMatch(/^A shard is yet to be described, and none has failed\./);
});

it('is interrupted at once, and what is done stays', { timeout: 60_000 }, async () => {
  const root = await project(code.replace('time.sleep(0.05)', 'time.sleep(0.3)'));
  const running = vsc(root, `${command} --parallel 1`);
  while ((await finished(root)) < 1) await new Promise((resolve) => setTimeout(resolve, 50));
  running.kill('SIGINT');
  const { exitCode } = await running;
  expect(exitCode).toBe(130);
  expect(await containersOf(root)).toBe('');
  expect(await finished(root)).toBeLessThan(6);
  expect((await readdir(shards(root), { recursive: true })).join()).not.toContain('.attempt');
});

it.each([
  ['no main.py', { 'submission_src/main.py': undefined }, /There is no main\.py in/],
  [
    'no references',
    { 'competition_data/test/reference': undefined },
    /None of the 20 videos listed in/,
  ],
])('says what is missing: %s', async (_, without, message) => {
  const root = await project();
  await writeFile(join(root, 'submission_src/other.py'), '');
  for (const name of Object.keys(without)) await rm(join(root, name), { recursive: true });
  const { exitCode, stderr } = await run(root, command);
  expect(exitCode).toBe(3);
  expect(stderr).toMatch(message);
});
