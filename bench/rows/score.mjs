import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { pythonOn } from '../support/python.mjs';
import { random } from '../support/random.mjs';
import { main, sources } from '../support/sources.mjs';

/** Rankings, in whatever order, and a ground truth of which they find about half. */
function makeFiles(folder, pairs) {
  const next = random(pairs);
  const [queries, references] = [Math.ceil(pairs / 25), Math.ceil(pairs / 5)];
  const rows = new Map();
  while (rows.size < pairs) {
    const pair = `Q${100_000 + Math.floor(next() * queries)},R${200_000 + Math.floor(next() * references)}`;
    rows.set(pair, Math.round(next() * 1e6) / 1e6);
  }
  const all = [...rows];
  const found = all.filter(([, score]) => next() < 0.03 * score ** 4).map(([pair]) => pair);
  const lost = found.map((_, at) => `Q${900_000 - at},R900000`);
  const write = (name, lines) => writeFileSync(join(folder, name), `${lines.join('\n')}\n`);
  write('truth.csv', ['query_id,ref_id', ...found, ...lost]);
  write('rankings.csv', ['query_id,ref_id,score', ...all.map((row) => row.join())]);
}

const theirs = `
import sys, time
begun = time.perf_counter()
import pandas as pd
from sklearn.metrics import average_precision_score

def score():
    rankings = pd.read_csv('/bench/rankings.csv')
    truth = pd.read_csv('/bench/truth.csv').drop_duplicates()
    merged = rankings.merge(truth.assign(true=1), how='left', on=['query_id', 'ref_id'])
    labels, scores = merged['true'].fillna(0).to_numpy(), merged['score'].to_numpy()
    return average_precision_score(labels, scores) * labels.sum() / len(truth)

value = score()
whole, started = time.perf_counter() - begun, time.perf_counter()
score()
print(whole, time.perf_counter() - started, value)
`;

export const rows = [
  {
    name: '`vsc score` of rankings, with all its tables',
    unit: 'pair',
    sizes: [2_000, 20_000, 200_000],
    against: 'pandas and scikit-learn, imported, reading and scoring the same',
    limit: 0.5,
    also: [
      {
        name: 'read and scored within a process, theirs the same',
        limit: 0.5,
        of: ({ within, theirs }) => within.seconds / theirs.within,
      },
    ],
    rounds: 7,
    async prepare(size, place) {
      mkdirSync(place, { recursive: true });
      makeFiles(place, size);
      const { rankingMetric, scoreFile } = await sources(
        'scoring/ranking-metric',
        'scoring/score-submission',
      );
      const [rankings, truth] = ['rankings.csv', 'truth.csv'].map((name) => join(place, name));
      const check = (ours, theirs) => {
        if (Math.abs(ours - theirs) > 1e-12) throw new Error(`µAP ${ours}, theirs ${theirs}.`);
      };
      let value;
      return {
        ways: {
          async theirs() {
            const [seconds, within, score] = await pythonOn(place, theirs);
            value = score;
            return { seconds, within };
          },
          async within() {
            const { microAveragePrecision } = await scoreFile(rankingMetric, rankings, truth);
            check(microAveragePrecision, value);
          },
          async ours() {
            const files = ['--rankings', rankings, '--ground-truth', truth];
            const { stdout } = await execa('node', [main, '--json', 'score', ...files]);
            check(JSON.parse(stdout).score.full.microAveragePrecision, value);
          },
        },
      };
    },
  },
];
