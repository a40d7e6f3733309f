import { expect, it } from 'vitest';
import { descriptorTrack } from '../../src/tracks/descriptor.ts';
import { runtimeJudge } from '../fuzz/differential.ts';
import { growMatches, judgedMatches } from '../fuzz/matches.ts';

const image = process.env.SUBMISSION_IMAGE ?? `${descriptorTrack.localRepository}:slim-local`;
const runs = Number(process.env.FUZZ_RUNS ?? 3_000);
const seed = Number(process.env.FUZZ_SEED ?? 1);

/** For the long run by hand: `FUZZ_RUNS=100000 npx vitest run test/hostile/matches-differential.test.ts`. */
it(`vsc and the runtime find the same in matches: ${runs} inputs`, {
  timeout: 7_200_000,
}, async () => {
  const runtime = runtimeJudge(image);
  const differences: string[] = [];
  const seen = new Map<string, number>();
  const slowestMs = { here: 0, there: 0 };
  for (let run = 0; run < runs; run += 1) {
    const bytes = growMatches(seed, run);
    const started = performance.now();
    const ours = await judgedMatches(bytes);
    slowestMs.here = Math.max(slowestMs.here, performance.now() - started);
    const { findings, crash, seconds } = await runtime.judged({ kind: 'matches', bytes });
    slowestMs.there = Math.max(slowestMs.there, seconds * 1000);
    const [here, there] = [JSON.stringify(ours), crash ?? JSON.stringify(findings)];
    if (here !== there) differences.push(`run ${run}: here ${here}, there ${there}`);
    const rules = ours.length === 0 ? ['accepted'] : ours.map(([rule]) => rule);
    for (const rule of new Set(rules)) seen.set(rule, (seen.get(rule) ?? 0) + 1);
  }
  const peakBytes = await runtime.end();
  process.stderr.write(
    `${JSON.stringify({ runs, ...Object.fromEntries(seen), slowestMs, peakBytes })}\n`,
  );
  expect(differences.slice(0, 20)).toEqual([]);
  // Every rule is met, and enough without a fault.
  expect(seen.size).toBe(15);
  expect(seen.get('accepted')).toBeGreaterThan(runs / 10);
  expect(seen.get('accepted')).toBeLessThan((runs * 9) / 10);
});
