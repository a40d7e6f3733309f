import { expect, it } from 'vitest';
import { descriptorTrack } from '../../src/tracks/descriptor.ts';
import { Collector, readCorpus } from '../fuzz/corpus.ts';
import { difference, judged, runtimeJudge } from '../fuzz/differential.ts';
import { type FuzzInput, fingerprint, grow } from '../fuzz/grow.ts';
import { folderWith } from '../support/folder.ts';

const image = process.env.SUBMISSION_IMAGE ?? `${descriptorTrack.localRepository}:slim-local`;
const runs = Number(process.env.FUZZ_RUNS ?? 3_000);
const seed = Number(process.env.FUZZ_SEED ?? 1);

/**
 * For the long run by hand: `FUZZ_RUNS=100000 npx vitest run test/hostile/differential.test.ts`; with
 * `FUZZ_KEEP=1` the smallest input for each kind of verdict is kept in test/fuzz/corpus.json.
 */
it(`what vsc accepts, the runtime reads alike: ${runs} inputs`, {
  timeout: 7_200_000,
}, async () => {
  const folder = await folderWith();
  const runtime = runtimeJudge(image);
  const differences: string[] = [];
  const cost = { here: 0, there: 0, accepted: 0 };
  const corpus = await readCorpus();
  const collector = new Collector();
  for (let run = -corpus.length; run < runs; run += 1) {
    const input = run < 0 ? (corpus.at(run) as FuzzInput) : grow(seed, run);
    const started = performance.now();
    const ours = await judged(input, folder).catch((error: unknown) => {
      differences.push(`run ${run} (${fingerprint(input)}): ${(error as Error).stack}`);
    });
    cost.here = Math.max(cost.here, performance.now() - started);
    const theirs = await runtime.judged(input);
    cost.there = Math.max(cost.there, theirs.seconds * 1000);
    if (ours === undefined) continue;
    collector.see(input, ours);
    if (ours.accepted) cost.accepted += 1;
    const found = difference(ours, theirs);
    if (found !== undefined) differences.push(`run ${run} (${fingerprint(input)}): ${found}`);
  }
  const peak = await runtime.end();
  if (process.env.FUZZ_KEEP) await collector.write();
  const memory = { here: process.memoryUsage().rss, there: peak };
  process.stderr.write(`${JSON.stringify({ runs, slowestMs: cost, peakBytes: memory })}\n`);
  expect(differences.slice(0, 20)).toEqual([]);
  // Neither everything nor nothing: both sides of the border are seen.
  expect(cost.accepted).toBeGreaterThan(runs / 10);
  expect(cost.accepted).toBeLessThan((runs * 9) / 10);
  expect(peak).toBeLessThan(300e6);
});
