import { createReadStream, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pythonOn } from '../support/python.mjs';
import { random } from '../support/random.mjs';
import { sources } from '../support/sources.mjs';

const columns = 'query_id,ref_id,query_start,query_end,ref_start,ref_end';

/** `segments` predictions on `pairs` pairs of videos, and a ground truth of the same pairs. */
function makeFiles(folder, segments, pairs) {
  mkdirSync(folder, { recursive: true });
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
  writeFileSync(join(folder, 'set.truth.csv'), `${[columns, ...truth].join('\n')}\n`);
  const table = [`${columns},score`, ...predictions];
  writeFileSync(join(folder, 'set.csv'), `${table.join('\n')}\n`);
}

/** The metric as it is defined: all intervals of a pair are merged anew for each prediction. */
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

const fail = (message) => new Error(message);
const load = () =>
  sources(
    'matches/read',
    'matches/check',
    'scoring/segments/segment-ap',
    'scoring/segments/match-score',
  );

export const rows = [
  {
    name: 'segment AP, in memory',
    unit: 'segment',
    sizes: [1_000, 10_000, 100_000],
    against: 'the metric as it is defined, in Python',
    limit: 0.1,
    rounds: 5,
    async prepare(size, place) {
      makeFiles(place, size, size / 20);
      const { readMatchesFile, segmentScore } = await load();
      const read = (name, form) =>
        readMatchesFile(join(place, `${name}.csv`), { name, columns: form, fail });
      const [predictions, truth] = [await read('set', 'any'), await read('set.truth', 'truth')];
      let value;
      return {
        ways: {
          async theirs() {
            const [score, seconds] = await pythonOn(place, theirs, 'set');
            value = score;
            return seconds;
          },
          async ours() {
            const { averagePrecision } = await segmentScore(predictions, truth);
            if (Math.abs(averagePrecision - value) > 1e-12)
              throw new Error(`segment AP ${averagePrecision}, theirs ${value}.`);
          },
        },
      };
    },
  },
  {
    name: 'matches checked, read and scored with all tables',
    unit: 'segment',
    sizes: [10_000, 100_000, 1_000_000],
    rounds: 3,
    async prepare(size, place) {
      makeFiles(place, size, 5_000);
      const { readMatchesFile, checkMatches, scoreMatches } = await load();
      const read = (name, form) =>
        readMatchesFile(join(place, `${name}.csv`), { name, columns: form, fail });
      const any = { has: () => true, get: () => undefined };
      const known = { queries: any, references: any, querySource: '', referenceSource: '' };
      return {
        ways: {
          async ours() {
            await checkMatches(createReadStream(join(place, 'set.csv')), {
              file: 'set.csv',
              ...known,
            });
            await scoreMatches(await read('set', 'submitted'), await read('set.truth', 'truth'));
          },
        },
      };
    },
  },
];
