import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { containersOf, run, vsc } from '../support/cli.ts';
import { code, finished, project, sets, shards } from '../support/described.ts';

const command = 'describe --dataset test --shards 6 --parallel 3';

it('makes sets that a submission passes with, and keeps what is done', async () => {
  const root = await project();
  const made = await run(root, command);
  expect(made.exitCode, made.stderr).toBe(0);
  expect(made.stdout).toContain('query_descriptors.npz: 48 vectors of 12 videos');
  expect(made.stdout).toContain('reference_descriptors.npz: 79 vectors of 20 videos');
  expect(made.stderr).not.toContain('described'); // the code's own words are in the logs
  const log = await readFile(join(shards(root), 'reference-002/done/log.txt'), 'utf8');
  expect(log).toMatch(/described R\d{6}/);
  const before = await sets(root);
  const forecast = await run(root, `${command} --dry-run --json`);
  expect(JSON.parse(forecast.stdout)).toMatchObject({
    ...{ tasks: 6, done: 6, videos: 32, secondsLeft: 0, atOnce: 3, dryRun: true },
  });
  const other = await run(root, 'describe --dataset test --shards 2 --dry-run');
  expect(other.stdout).toMatch(/^Shards: 2 of 32 videos, 2 min long; done: 0\n.*\nEstimate: none/);
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

it('killed at random three times, gives the bytes of a run that was not', async () => {
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

it('names a shard that fails, keeps the others, and tries that alone', async () => {
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

it('runs with --retry-failed what has failed and nothing else', async () => {
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

it('is interrupted at once, and what is done stays', async () => {
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
