import { expect, it } from 'vitest';
import { fuzz } from './fuzz.ts';

const runs = Number(process.env.FUZZ_RUNS ?? 4_000);
const seed = Number(process.env.FUZZ_SEED ?? 1);

/** For the long run by hand: `FUZZ_RUNS=100000 npx vitest run test/fuzz`. */
it(`${runs} mutated zips and npz files each end in a verdict`, { timeout: 3_600_000 }, async () => {
  const before = process.memoryUsage.rss();
  const report = await fuzz({ runs, seed, limitMs: 5_000 });
  process.stderr.write(`${JSON.stringify(report, null, 1)}\n`);
  expect(report.failures).toEqual([]);
  expect(report.accepted + report.rejected).toBe(runs);
  expect(report.rejected).toBeGreaterThan(runs / 2);
  expect(report.peakRss - before).toBeLessThan(300e6);
});
