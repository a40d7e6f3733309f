import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { idsOf, RankingsReader, type RankingTable } from '../../src/scoring/rankings.ts';

const header = 'query_id,ref_id,score\n';

const read = (text: string, { strict = true, size = 7 } = {}) => {
  const reader = new RankingsReader({
    name: 'r.csv',
    strict,
    fail: (message) => new UsageError(message),
  });
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
  return reader.end();
};

const rows = ({ length, queries, references, query, reference, score }: RankingTable) =>
  Array.from({ length }, (_, row) => [
    idsOf(queries)[query[row] ?? -1],
    idsOf(references)[reference[row] ?? -1],
    score[row],
  ]);

describe('RankingsReader', () => {
  const expected = [
    ['Q1', 'R1', 0.5],
    ['Q2', 'R1', -3e-5],
  ];

  it.each([
    ['plain', `${header}Q1,R1,0.5\nQ2,R1,-3e-05\n`],
    ['no last line end', `${header}Q1,R1,0.5\nQ2,R1,-3e-05`],
    ['Windows line ends', `${header}Q1,R1,0.5\nQ2,R1,-3e-05\n`.replaceAll('\n', '\r\n')],
    ['quotes', `"query_id","ref_id","score"\n"Q1","R1","0.5"\nQ2,R1,-3e-05\n`],
    ['a byte order mark', `\uFEFF${header}Q1,R1,0.5\nQ2,R1,-3e-05\n`],
    ['blank lines', `${header}\nQ1,R1,0.5\n\nQ2,R1,-3e-05\n\n`],
  ])('reads %s', (_, text) => {
    expect(rows(read(text))).toEqual(expected);
    expect(rows(read(text, { size: 1 }))).toEqual(expected);
  });

  it('finds columns by name and takes any order, unless strict', () => {
    const text = ',score,ref_id,query_id\n0,-3e-05,R1,Q2\n1,0.5,R1,Q1\n';
    expect(rows(read(text, { strict: false }))).toEqual(expected.toReversed());
    expect(() => read(text)).toThrow('r.csv, line 1: the columns are not query_id,ref_id,score.');
  });

  it.each([
    ['', 'r.csv is empty'],
    ['query_id,score\n', 'the columns are not'],
    [`${header}Q1,R1\n`, 'line 2: "Q1,R1" is no ranking'],
    [`${header}Q1,R1,1,2\n`, 'is no ranking'],
    [`${header}Q1,,1\n`, 'is no ranking'],
    [`${header}Q1,R1,\n`, 'is no ranking'],
    [`${header}Q1,R1,nan\n`, 'is no ranking'],
    [`${header}Q1,R1,inf\n`, 'is no ranking'],
    [`${header}Q1,R1,1e999\n`, 'is no ranking'],
    [`${header}Q1,R1,0x10\n`, 'is no ranking'],
    [`${header}Q1,R1,1\nQ1,R2,2\n`, 'line 3: the scores are not in descending order'],
    [`${header}Q1,R1,2\nQ2,R1,1\nQ1,R1,1\n`, 'the pair Q1, R1 is there more than once'],
    [`${header}Q\u001b[2J,R1,2\n`, '"Q\\u001b[2J" is no video id'],
    [`${header}${'Q'.repeat(65)},R1,2\n`, 'is no video id'],
  ])('refuses %j', (text, message) => {
    expect(() => read(text)).toThrow(message);
    expect(() => read(text)).toThrow(UsageError);
  });

  it.each([
    ['a line', `${header}Q1,R1,1${'0'.repeat(4090)}\n`],
    ['a line without an end', `${header}${'Q'.repeat(5000)}`],
    ['nothing but zeros', '\0'.repeat(9000)],
  ])('refuses %s of more than 4096 bytes', (_, text) => {
    expect(() => read(text)).toThrow(/^r\.csv, line \d: it is longer than 4096 bytes\.$/);
  });
});
