/**
 * How fast matches are scored, against the metric as it is defined: node bench/match_bench.mjs. Needs the
 * slim image; ours and theirs take turns, in memory on both sides.
 *
 * - theirs merges all intervals of a pair anew for each prediction, as the challenge's own code does
 * - a million segments: checked, read and scored, from a CSV to all that `vsc score` tells
 */
import { execFileSync } from 'node:child_process';
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const image = process.env.SUBMISSION_IMAGE ?? 'meta-vsc-descriptor-runtime:slim-local';
const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'vsc-bench-'));
const rounds = 5;
const columns = 'query_id,ref_id,query_start,query_end,ref_start,ref_end';

/** A generator of numbers in [0, 1): the same segments every time. */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function makeFiles(name, segments, pairs) {
  const next = random(segments + pairs);
  const pair = (at) => `Q${100_000 + (at % 2_000)},R${200_000 + (at % 4_999)}`;
  const times = () => {
    const [start, length] = [next() * 50, 1 + next() * 8];
    return `${start.toFixed(3)},${(start + length).toFixed(3)}`;
  };
  const row = (at) => `${pair(at)},${times()},${times()}`;
  const truth = Array.from({ length: Math.max(20, pairs) }, (_, at) => row(at % pairs));
  const predictions = Array.from(
    { length: segments },
    (_, at) => `${row(at % pairs)},${next().toFixed(6)}`,
  );
  writeFileSync(join(folder, `${name}.truth.csv`), `${[columns, ...truth].join('\n')}\n`);
  writeFileSync(
    join(folder, `${name}.csv`),
    `${[`${columns},score`, ...predictions].join('\n')}\n`,
  );
}

const theirs = `
import csv, math, sys, time
from collections import defaultdict

def merged(intervals):
    result = []
    for start, end in sorted(intervals):
        if result and start <= result[-1][1]:
            result[-1][1] = max(result[-1][1], end)
        else:
            result.append([start, end])
    return result

def length(intervals):
    return sum(end - start for start, end in intervals)

def shared(a, b):
    return length(merged(a)) + length(merged(b)) - length(merged(a + b))

def rows(name):
    with open(f'/bench/{name}.csv') as file:
        for row in csv.DictReader(file):
            box = tuple(float(row[key]) for key in ('query_start', 'query_end', 'ref_start', 'ref_end'))
            yield (row['query_id'], row['ref_id']), (box[:2], box[2:]), float(row.get('score') or 0)

def score(predictions, truth):
    true = defaultdict(list)
    for pair, box, _ in truth:
        true[pair].append(box)
    whole = [sum(length(merged([box[x] for box in boxes])) for boxes in true.values()) for x in (0, 1)]
    total, common = [0.0, 0.0], [0.0, 0.0]
    seen, active, before = defaultdict(list), defaultdict(list), {}
    average = recall = 0.0
    order = sorted(predictions, key=lambda each: -each[2])
    for at, (pair, box, score) in enumerate(order):
        seen[pair].append(box)
        for other in true.get(pair, ()):
            area = [max(0, min(box[x][1], other[x][1]) - max(box[x][0], other[x][0])) for x in (0, 1)]
            if area[0] * area[1] > 0 and other not in active[pair]:
                active[pair].append(other)
        now = [(length(merged([b[x] for b in seen[pair]])),
                shared([b[x] for b in seen[pair]], [b[x] for b in active[pair]])) for x in (0, 1)]
        was = before.get(pair, ((0, 0), (0, 0)))
        before[pair] = now
        for x in (0, 1):
            total[x] += now[x][0] - was[x][0]
            common[x] += now[x][1] - was[x][1]
        if at + 1 < len(order) and order[at + 1][2] == score:
            continue
        reached = math.sqrt(max(0, common[0] / whole[0] * common[1] / whole[1]))
        average += math.sqrt(max(0, common[0] / total[0] * common[1] / total[1])) * (reached - recall)
        recall = reached
    return average

predictions, truth = list(rows(sys.argv[1])), list(rows(sys.argv[1] + '.truth'))
begun = time.perf_counter()
print(score(predictions, truth), time.perf_counter() - begun)
`;

async function ours() {
  await build({
    stdin: {
      contents: `
        export { readMatchesFile } from './src/matches/read.ts';
        export { checkMatches } from './src/matches/check.ts';
        export { segmentScore } from './src/scoring/segments/segment-ap.ts';
        export { scoreMatches } from './src/scoring/segments/match-score.ts';`,
      resolveDir: root,
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: join(folder, 'ours.mjs'),
    logLevel: 'error',
  });
  return import(pathToFileURL(join(folder, 'ours.mjs')));
}

const fail = (message) => new Error(message);
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const seconds = async (work) => {
  const begun = performance.now();
  const value = await work();
  return [(performance.now() - begun) / 1000, value];
};

try {
  const { readMatchesFile, checkMatches, segmentScore, scoreMatches } = await ours();
  const read = (name, form) =>
    readMatchesFile(join(folder, `${name}.csv`), { name, columns: form, fail });
  for (const [name, segments, pairs, times] of [
    ['100,000 segments on 5,000 pairs', 100_000, 5_000, rounds],
    ['5,000 segments on one pair', 5_000, 1, 3],
  ]) {
    makeFiles('set', segments, pairs);
    const [predictions, truth] = [await read('set', 'any'), await read('set.truth', 'truth')];
    const [mine, other] = [[], []];
    let difference = 0;
    for (let round = 0; round < times; round += 1) {
      const [took, { averagePrecision }] = await seconds(() => segmentScore(predictions, truth));
      mine.push(took);
      const run = ['run', '--rm', '--network=none', '-v', `${folder}:/bench:ro`];
      const said = execFileSync('docker', [
        ...run,
        '--entrypoint=python3',
        image,
        '-c',
        theirs,
        'set',
      ]);
      const [value, needed] = said.toString().trim().split(' ').map(Number);
      other.push(needed);
      difference = Math.max(difference, Math.abs(value - averagePrecision));
    }
    const [a, b] = [median(mine), median(other)];
    console.log(
      `${name}: ${a.toFixed(3)} s, theirs ${b.toFixed(2)} s: ${(b / a).toFixed(0)} times as fast, values within ${difference.toExponential(0)}`,
    );
  }
  makeFiles('million', 1_000_000, 5_000);
  const path = join(folder, 'million.csv');
  const any = { has: () => true, get: () => undefined };
  const [took] = await seconds(async () => {
    await checkMatches(createReadStream(path), {
      file: 'million.csv',
      queries: any,
      references: any,
      querySource: '',
      referenceSource: '',
    });
    await scoreMatches(await read('million', 'submitted'), await read('million.truth', 'truth'));
  });
  const { maxRSS } = process.resourceUsage();
  console.log(
    `a million segments checked, read and scored: ${took.toFixed(1)} s, at most ${(maxRSS / 1e6).toFixed(2)} GB`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
