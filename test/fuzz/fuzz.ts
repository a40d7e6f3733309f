import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mersenne } from 'pure-rand/generator/mersenne';
import { checkSet } from '../../src/descriptors/validate.ts';
import type { Finding } from '../../src/errors.ts';
import { preflight } from '../../src/preflight/preflight.ts';
import {
  floatsNpy,
  idsNpy,
  makeNpy,
  makeZip,
  type TestEntry,
  waysToRead,
} from '../descriptors/support.ts';
import { mutate, randomBelow } from './mutate.ts';

/** What a fuzz run came to. */
export interface FuzzReport {
  readonly runs: number;
  /** Runs that ended without errors: the change did no harm. */
  readonly accepted: number;
  readonly rejected: number;
  /** Runs by the rule of their first error. */
  readonly byRule: Readonly<Record<string, number>>;
  readonly slowestMs: number;
  /** The most memory seen after a run, in bytes. */
  readonly peakRss: number;
  /** What must never happen, with the run's number to repeat it by. */
  readonly failures: readonly string[];
}

/** How to fuzz. */
export interface FuzzOptions {
  readonly runs: number;
  readonly seed: number;
  /** A run that takes longer counts as a hang. */
  readonly limitMs: number;
}

const ids = ['Q100001', 'Q100001', 'Q100002'];
const durations = new Map([
  ['Q100001', 20],
  ['Q100002', 20],
]);
const expected = { file: 'x.npz', kind: 'query', durations, source: 'metadata' } as const;
const facts = {
  queryDurations: durations,
  referenceDurations: durations,
  phase2: false,
  freeBytes: 1e10,
} as const;

/**
 * Mutates valid npz files and submissions and checks that each ends in a verdict: never an exception,
 * never later than the limit. The same seed repeats the same runs.
 */
export async function fuzz({ runs, seed, limitMs }: FuzzOptions): Promise<FuzzReport> {
  const folder = await mkdtemp(join(tmpdir(), 'vsc-fuzz-'));
  const report = { accepted: 0, rejected: 0, slowestMs: 0, peakRss: 0 };
  const byRule: Record<string, number> = {};
  const failures: string[] = [];
  try {
    for (let run = 0; run < runs; run += 1) {
      const started = performance.now();
      try {
        const findings = await withinLimit(oneRun(run, seed, folder), limitMs);
        const rule = findings.find(({ severity }) => severity === 'error')?.rule;
        if (rule === undefined) report.accepted += 1;
        else report.rejected += 1;
        byRule[rule ?? 'none'] = (byRule[rule ?? 'none'] ?? 0) + 1;
      } catch (error) {
        failures.push(`run ${run}: ${error instanceof Error ? error.stack : String(error)}`);
      }
      report.slowestMs = Math.max(report.slowestMs, performance.now() - started);
      report.peakRss = Math.max(report.peakRss, process.memoryUsage.rss());
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  return { runs, ...report, byRule, failures };
}

/**
 * What is mutated: a whole npz, a whole submission, or only what lies within one that is otherwise
 * sound, with the right checksums, which gets deeper.
 */
async function oneRun(run: number, seed: number, folder: string): Promise<readonly Finding[]> {
  const random = mersenne(seed + run);
  const pick = <T>(list: readonly T[]): T => list[randomBelow(random, list.length)] as T;
  const spoil = (bytes: Buffer): Buffer => mutate(bytes, pick(npzSeeds), random);
  const scanFinite = randomBelow(random, 2) === 0;
  const check = async (npz: Buffer) =>
    (await checkSet(pick(Object.values(waysToRead))(npz), expected, { scanFinite })).findings;
  const checkZip = async (zip: Buffer) => {
    const path = join(folder, 'submission.zip');
    await writeFile(path, zip);
    return preflight(path, { ...facts, scanFinite });
  };
  switch (randomBelow(random, 4)) {
    case 0:
      return check(spoil(pick(npzSeeds)));
    case 1: {
      const packing = pick(packings);
      const arrays = pick(arraySeeds).map(({ name, data }) => ({ name, data: spoil(data) }));
      return check(makeZip(arrays.map((array) => ({ ...array, ...packing }))));
    }
    case 2:
      return checkZip(spoil(pick(zipSeeds)));
    default:
      return checkZip(submission(spoil(pick(npzSeeds)), spoil(script), pick(packings)));
  }
}

async function withinLimit<T>(work: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no verdict after ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

interface TestArray {
  readonly name: string;
  readonly data: Buffer;
}

const arraySeeds: readonly (readonly TestArray[])[] = [
  [
    { name: 'video_ids.npy', data: idsNpy(ids) },
    { name: 'timestamps.npy', data: makeNpy('<f8', [3], Buffer.alloc(24)) },
    { name: 'features.npy', data: floatsNpy(ids.map((_, at) => [at, 0.5, -1])) },
  ],
  [
    { name: 'features.npy', data: makeNpy('>f8', [3, 4], Buffer.alloc(96)) },
    { name: 'video_ids.npy', data: makeNpy('|S7', [3], Buffer.from(ids.join(''))) },
    { name: 'timestamps.npy', data: makeNpy('<f4', [3, 2], Buffer.alloc(24)) },
  ],
];
const packings: readonly Partial<TestEntry>[] = [
  {},
  { deflate: true },
  { sizesFollow: true },
  { deflate: true, sizesFollow: true },
];
const npzSeeds: readonly Buffer[] = arraySeeds.flatMap((arrays) =>
  packings.map((packing) => makeZip(arrays.map((array) => ({ ...array, ...packing })))),
);
const script = Buffer.from('import torch\nmodel = torch.hub.load("a/b", "c")  # "weights"\n');
const zipSeeds: readonly Buffer[] = packings.flatMap((packing) =>
  npzSeeds.map((npz) => submission(npz, script, packing)),
);

function submission(npz: Buffer, main: Buffer, packing: Partial<TestEntry>): Buffer {
  return makeZip([
    { name: 'main.py', data: main, ...packing },
    { name: 'query_descriptors.npz', data: npz, ...packing },
    { name: 'reference_descriptors.npz', data: npz, ...packing },
  ]);
}
