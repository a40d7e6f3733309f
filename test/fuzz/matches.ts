import { mersenne } from 'pure-rand/generator/mersenne';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { checkMatches, type ExpectedMatches } from '../../src/matches/check.ts';
import { COLUMNS } from '../../src/matches/rows.ts';
import { inChunks } from '../matches/support.ts';
import type { MatchFinding } from './differential.ts';
import { videos } from './grow.ts';
import { mutate, randomBelow } from './mutate.ts';

/** Numbers that programs read differently, and texts that are none. */
const NUMBERS = [
  ...[
    '',
    ' ',
    '\t',
    'nan',
    'NaN',
    'NA',
    'None',
    'null',
    'inf',
    '-Infinity',
    '+INF',
    'infinite',
    '1e999',
  ],
  ...[
    '+1',
    '-1',
    '1.',
    '.5',
    '.',
    '-.5e1',
    '1e1',
    '1E+01',
    '1e',
    'e1',
    '1_0',
    '0x10',
    '0b1',
    '1 2',
    ' 7 ',
  ],
  ...[
    '-0',
    '-0.0',
    '-1e-400',
    '1e-400',
    '00012',
    '1.7976931348623159e308',
    '1e9',
    '1000000000.0000001',
  ],
  ...[
    '20',
    '21',
    '21.0',
    '21.000000000000004',
    '5e-324',
    '9007199254740993',
    '1,5',
    '1;5',
    '١',
    '½',
    '∞',
  ],
  ...[
    '\u00a01',
    '1\u2003',
    '1\u0085',
    '\ufeff1',
    'ınf',
    'ſ',
    'true',
    '-nan',
    '#N/A',
    '1f',
    '1l',
    '--1',
    '+-1',
  ],
];
const IDS = [
  ...[
    'Q100001',
    'Q100002',
    'R100001',
    'R100002',
    'Q100003',
    'q100001',
    '100001',
    '',
    ' Q100001',
    'Q100001 ',
  ],
  ...[
    'Q',
    'R',
    'X',
    'Qé',
    '\u202eQ',
    'Q100001\u0000',
    '"Q100001"',
    '""',
    '"Q100001',
    'Q1"',
    '\ufeffQ100001',
  ],
];
const LINE_ENDS = [
  '\n',
  '\r\n',
  '\r',
  '\n\n',
  '\r\r\n',
  '\n\r',
  '\n \t\n',
  '\x0b',
  '\x0c',
  '\u0085',
  '\u2028',
  '',
];
const SEPARATORS = [',,', ';', '\t', ', ', ' ,', '', '","', '","'];
const HEADERS = [
  'score',
  'Score',
  'query_id',
  '',
  '"score"',
  ' score',
  'ref_end,score',
  '\ufeffscore',
];

/** A CSV of matches, number `run` of a seed: valid, or with a few things changed. */
export function growMatches(seed: number, run: number): Buffer {
  const random = mersenne(Math.imul(seed, 0x9e3779b1) ^ run);
  const below = (bound: number) => randomBelow(random, bound);
  const rows = [...[[...COLUMNS]], ...Array.from({ length: below(12) }, () => validRow(random))];
  const oddities = below(4) === 0 ? 0 : 1 + below(3);
  for (let left = oddities; left > 0; left -= 1) spoilField(rows, random);
  const lines = rows.map((row) => joined(row, random));
  const usual = pick(LINE_ENDS.slice(0, 3), random);
  let text = lines
    .map((line) => line + (below(60) === 0 ? pick(LINE_ENDS, random) : usual))
    .join('');
  if (below(10) === 0) text = `\ufeff${text}`;
  if (below(8) === 0) text = text.replace(/[\r\n]+$/, '');
  if (below(40) === 0) text += ' '.repeat(4090 + below(10));
  const bytes = Buffer.from(text, below(20) === 0 ? 'latin1' : 'utf8');
  return below(6) === 0 ? mutate(bytes, bytes, random) : bytes;
}

function pick<T>(list: readonly T[], random: RandomGenerator): T {
  return list[randomBelow(random, list.length)] as T;
}

function validRow(random: RandomGenerator): string[] {
  const [query, reference] = [1, 1].map(() => 100001 + randomBelow(random, 2));
  const times = [0, 10, 0, 10].map((from) => `${from + randomBelow(random, 10_000) / 1000}`);
  return [`Q${query}`, `R${reference}`, ...times, `${randomBelow(random, 1000) / 500 - 1}`];
}

function spoilField(rows: string[][], random: RandomGenerator): void {
  const isHeader = randomBelow(random, 15) === 0;
  const row = rows[isHeader ? 0 : randomBelow(random, rows.length)] as string[];
  const at = randomBelow(random, row.length);
  const what = randomBelow(random, 12);
  if (row === rows[0] && !isHeader) return;
  if (isHeader) row[at] = pick(HEADERS, random);
  else if (what === 0) row.splice(at, 1);
  else if (what === 1) row.splice(at, 0, pick(NUMBERS, random));
  else if (what === 2) row[at] = `"${row[at]}"`;
  else if (what === 3) [row[at], row[at ^ 1]] = [row[at ^ 1] ?? '', row[at] ?? ''];
  else if (what === 4) row[at] = '9'.repeat(randomBelow(random, 4200));
  else if (what === 5) row[2 + 2 * randomBelow(random, 2)] = row[3] ?? '';
  else row[at] = pick(at < 2 ? IDS : NUMBERS, random);
}

function joined(row: readonly string[], random: RandomGenerator): string {
  const odd = randomBelow(random, 80) === 0 ? 1 + randomBelow(random, row.length) : 0;
  return row.reduce(
    (line, field, at) => `${line}${at === odd ? pick(SEPARATORS, random) : ','}${field}`,
  );
}

const expected: ExpectedMatches = {
  file: 'x.csv',
  queries: videos.query,
  references: videos.reference,
  querySource: 'query_metadata.csv',
  referenceSource: 'reference_metadata.csv',
};

/** What our check finds, errors first. @throws where it depends on how the bytes come */
export async function judgedMatches(bytes: Buffer): Promise<readonly MatchFinding[]> {
  const whole = await findingsOf(bytes, 65_536);
  const pieces = await findingsOf(bytes, 1 + (bytes.length % 50));
  if (JSON.stringify(whole) !== JSON.stringify(pieces)) {
    throw new Error(`whole: ${JSON.stringify(whole)}, in pieces: ${JSON.stringify(pieces)}`);
  }
  return whole;
}

async function findingsOf(bytes: Buffer, size: number): Promise<readonly MatchFinding[]> {
  const { findings } = await checkMatches(inChunks(bytes, size), expected);
  const sides = (['error', 'warning'] as const).map((side) =>
    findings.filter(({ severity }) => severity === side),
  );
  return sides.flat().map(({ rule, severity, index }) => [rule, severity, index ?? null]);
}
