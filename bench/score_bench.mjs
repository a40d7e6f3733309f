/**
 * How fast 200,000 pairs are scored, against scikit-learn on the same pairs:
 * node bench/score_bench.mjs. Needs the slim image; ours and theirs take turns.
 *
 * - metric: labels and scores in memory to a number (theirs: average_precision_score)
 * - files: rankings and ground truth as CSV to a number (theirs: pandas, a merge, scikit-learn)
 * - command: `vsc score --rankings` with all its tables (theirs: the same script from its start)
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const image = 'meta-vsc-descriptor-runtime:slim-local';
const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'vsc-bench-'));
const [pairs, queries, references, rounds] = [200_000, 8_000, 40_000, 15];

/** A generator of numbers in [0, 1): the same pairs every time. */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function makeFiles() {
  const next = random(1);
  const rows = new Map();
  while (rows.size < pairs) {
    const pair = `Q${100_000 + Math.floor(next() * queries)},R${200_000 + Math.floor(next() * references)}`;
    rows.set(pair, Math.round(next() * 1e6) / 1e6);
  }
  const all = [...rows];
  const isTrue = all.filter(([, score]) => next() < 0.03 * score ** 4);
  const lost = isTrue.length;
  const truth = [...isTrue.map(([pair]) => pair)];
  for (let at = 0; at < lost; at += 1) truth.push(`Q${900_000 - at},R900000`);
  const write = (name, header, lines) =>
    writeFileSync(join(folder, name), `${[header, ...lines].join('\n')}\n`);
  const lines = (list) => list.map(([pair, score]) => `${pair},${score}`);
  write('truth.csv', 'query_id,ref_id', truth);
  write('shuffled.csv', 'query_id,ref_id,score', lines(all));
  all.sort((a, b) => b[1] - a[1]);
  write('sorted.csv', 'query_id,ref_id,score', lines(all));
}

const theirs = `
import sys, time
begun = time.perf_counter()
import pandas as pd
from sklearn.metrics import average_precision_score

def score(name):
    rankings = pd.read_csv(f'/bench/{name}.csv')
    truth = pd.read_csv('/bench/truth.csv').drop_duplicates()
    merged = rankings.merge(truth.assign(true=1), how='left', on=['query_id', 'ref_id'])
    labels, scores = merged['true'].fillna(0).to_numpy(), merged['score'].to_numpy()
    started = time.perf_counter()
    value = average_precision_score(labels, scores)
    metric = time.perf_counter() - started
    return value * labels.sum() / len(truth), metric

name, rounds = sys.argv[1], int(sys.argv[2])
score(name)
whole = time.perf_counter() - begun
for _ in range(rounds):
    started = time.perf_counter()
    value, metric = score(name)
    print(metric * 1000, (time.perf_counter() - started) * 1000, whole * 1000, value)
`;

const oursSource = `
export { readGroundTruth } from ${JSON.stringify(join(root, 'src/dataset/ground-truth.ts'))};
export { readRankingsFile } from ${JSON.stringify(join(root, 'src/scoring/rankings.ts'))};
export { rank } from ${JSON.stringify(join(root, 'src/scoring/ranked.ts'))};
export { scoreRankings } from ${JSON.stringify(join(root, 'src/scoring/score-submission.ts'))};
export { microAveragePrecision } from ${JSON.stringify(join(root, 'src/scoring/average-precision.ts'))};
`;

async function loadOurs() {
  const outfile = join(folder, 'ours.mjs');
  await build({
    stdin: { contents: oursSource, resolveDir: root },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
  });
  return import(pathToFileURL(outfile).href);
}

async function ourRounds(ours, name, count) {
  const form = { name, strict: false, fail: (message) => new Error(message) };
  const times = [];
  for (let round = 0; round < count; round += 1) {
    const begun = performance.now();
    const truth = await ours.readGroundTruth(join(folder, 'truth.csv'));
    const table = await ours.readRankingsFile(join(folder, `${name}.csv`), form);
    const { isTrue } = ours.rank(table, truth);
    const started = performance.now();
    const value = ours.microAveragePrecision(table.score, isTrue, truth.pairs);
    const done = performance.now();
    await ours.scoreRankings(table, truth);
    times.push([done - started, done - begun, performance.now() - done, value]);
  }
  return times;
}

function theirRounds(name, count) {
  const mount = ['-v', `${folder}:/bench:ro`, '--entrypoint', 'python3', image];
  const command = ['run', '--rm', '--network', 'none', ...mount, '-c', theirs, name, String(count)];
  const said = execFileSync('docker', command).toString().trim();
  return said.split('\n').map((line) => line.split(' ').map(Number));
}

function commandTime(name) {
  const begun = performance.now();
  const files = ['--rankings', `${name}.csv`, '--ground-truth', 'truth.csv'];
  execFileSync('node', [join(root, 'dist/main.js'), '-C', folder, 'score', ...files]);
  return performance.now() - begun;
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const column = (rows, at) => median(rows.map((row) => row[at]));

try {
  makeFiles();
  const ours = await loadOurs();
  for (const name of ['sorted', 'shuffled']) {
    await ourRounds(ours, name, 3);
    const [mine, other, commands] = [[], [], []];
    for (let turn = 0; turn < 3; turn += 1) {
      mine.push(...(await ourRounds(ours, name, rounds / 3)));
      other.push(...theirRounds(name, rounds / 3));
      commands.push(commandTime(name));
    }
    const line = (what, a, b) =>
      `  ${what.padEnd(8)} ${a.toFixed(1)} ms, scikit-learn ${b.toFixed(1)} ms: ${(a / b).toFixed(2)} times as long`;
    console.log(`${pairs} pairs, ${name}; medians of ${rounds}`);
    console.log(line('metric', column(mine, 0), column(other, 0)));
    console.log(line('files', column(mine, 1), column(other, 1)));
    console.log(line('command', median(commands), column(other, 2)));
    console.log(`  all tables on top of the files: ${column(mine, 2).toFixed(1)} ms`);
    const apart = Math.abs(column(mine, 3) - column(other, 3));
    console.log(`  µAP ${column(mine, 3)}, apart by ${apart}`);
    if (apart > 1e-12) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
