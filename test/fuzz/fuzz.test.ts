import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { mersenne } from 'pure-rand/generator/mersenne';
import { pack } from 'tar-stream';
import { expect, it } from 'vitest';
import { SubmissionFailed } from '../../src/errors.ts';
import { believable, parseRuntimeReport } from '../../src/rehearsal/runtime-report.ts';
import { rankingMetric } from '../../src/scoring/ranking-metric.ts';
import { readResults } from '../../src/scoring/result-archive.ts';
import { folderWith } from '../support/folder.ts';
import { readCorpus } from './corpus.ts';
import { judged } from './differential.ts';
import { fingerprint, grow } from './grow.ts';
import { mutate, randomBelow } from './mutate.ts';
import { runtimeReport } from './reports.ts';

const runs = Number(process.env.FUZZ_RUNS ?? 4_000);
const seed = Number(process.env.FUZZ_SEED ?? 1);
const timeout = 3_600_000;

/** Does `each` for every run and lists what it throws, with the run to repeat it by. */
async function failuresOf(each: (run: number) => Promise<void>): Promise<readonly string[]> {
  const failures: string[] = [];
  for (let run = 0; run < runs && failures.length < 20; run += 1) {
    await each(run).catch((error: Error) => failures.push(`run ${run}: ${error.stack}`));
  }
  return failures;
}

/** For the long run by hand: `FUZZ_RUNS=100000 npx vitest run test/fuzz`. */
it(`${runs} submissions and npz files each end in a verdict`, { timeout }, async () => {
  const folder = await folderWith();
  const before = process.memoryUsage.rss();
  let [accepted, slowest] = [0, 0];
  const failures = await failuresOf(async (run) => {
    const started = performance.now();
    if ((await judged(grow(seed, run), folder)).accepted) accepted += 1;
    slowest = Math.max(slowest, performance.now() - started);
  });
  const grown = process.memoryUsage.rss() - before;
  process.stderr.write(`${JSON.stringify({ runs, accepted, slowestMs: slowest, grown })}\n`);
  expect(failures).toEqual([]);
  expect(accepted).toBeGreaterThan(runs / 10);
  expect(accepted).toBeLessThan(runs / 2);
  expect(grown).toBeLessThan(300e6);
});

it('inputs that were kept have the verdict that they had', async () => {
  const folder = await folderWith();
  const corpus = await readCorpus();
  expect(corpus.length).toBeGreaterThan(100);
  for (const input of corpus) {
    const { accepted, says } = await judged(input, folder);
    expect([fingerprint(input), accepted, accepted === input.accepted ? [] : says]).toEqual([
      fingerprint(input),
      input.accepted,
      [],
    ]);
  }
});

it(`${runs} reports of containers are none, or finite and small`, { timeout }, async () => {
  let reports = 0;
  const failures = await failuresOf(async (run) => {
    const report = parseRuntimeReport(runtimeReport(mersenne(seed + run)));
    if (report !== undefined) reports += 1;
    const { report: believed, doubt } = believable(report, 5);
    const text = JSON.stringify(believed);
    if (text.length > 20_000 || text.includes('null')) throw new Error(text.slice(0, 500));
    const sum = believed?.stages.reduce((total, { seconds }) => total + seconds, 0) ?? 0;
    if (sum > 6) throw new Error(`${sum} s in a container that ran for 5`);
    if (report === undefined && doubt === undefined) throw new Error('nobody is told');
  });
  expect(failures).toEqual([]);
  expect(reports).toBeGreaterThan(runs / 10);
  expect(reports).toBeLessThan(runs);
});

const header = 'query_id,ref_id,score\n';
const rows = Array.from({ length: 30 }, (_, at) => `Q10000${at % 3},R10000${at},${30 - at}.5\n`);

/** The bytes of a tar, as a run's archive has them. */
async function resultTar(): Promise<Buffer> {
  const tar = pack();
  tar.entry({ name: rankingMetric.files.full }, header + rows.join(''));
  tar.entry({ name: rankingMetric.files.subset }, header + rows.slice(0, 5).join(''));
  tar.finalize();
  const parts: Buffer[] = [];
  for await (const part of tar as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts);
}

it(`${runs} result archives are read, or the submission's failure`, { timeout }, async () => {
  const folder = await folderWith();
  const path = join(folder, 'submission.tar.gz');
  const tar = await resultTar();
  let read = 0;
  const failures = await failuresOf(async (run) => {
    const random = mersenne(seed + run);
    const packed = gzipSync(randomBelow(random, 2) === 0 ? mutate(tar, tar, random) : tar);
    const bytes = randomBelow(random, 3) === 0 ? mutate(packed, packed, random) : packed;
    await writeFile(path, bytes);
    try {
      const { full, subset } = await readResults(path, rankingMetric);
      if (full.length <= rows.length * 10 && subset.length <= rows.length * 10) read += 1;
    } catch (error) {
      if (!(error instanceof SubmissionFailed)) throw error;
    }
  });
  expect(failures).toEqual([]);
  expect(read).toBeGreaterThan(runs / 10);
  expect(read).toBeLessThan(runs);
});
