import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { idsOf, type RankingTable } from '../../src/scoring/ranking-table.ts';
import { RankingsReader } from '../../src/scoring/rankings.ts';

const header = 'query_id,ref_id,score\n';

const readerOf = (strict = true) =>
  new RankingsReader({ name: 'r.csv', strict, fail: (message) => new UsageError(message) });

const read = (text: string, { strict = true, size = 7 } = {}) => {
  const reader = readerOf(strict);
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
    ['blank lines', `${header}\nQ1,R1,0.5\n \r\nQ2,R1,-3e-05\n\n`],
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
    [`${header}Q1,R1,nan\n`, 'scores have to be finite'],
    [`${header}Q1,R1,inf\n`, 'scores have to be finite'],
    [`${header}Q1,R1,1e999\n`, 'scores have to be finite'],
    [`${header}Q1,R1,0x10\n`, 'is no ranking'],
    [`${header}Q1,R1,1\nQ1,R2,2\n`, 'line 3: the scores are not in descending order'],
    [`${header}Q1,R1,2\nQ2,R1,1\nQ1,R1,1\n`, 'the pair Q1, R1 is there more than once'],
    [`${header}Q\u001b[2J,R1,2\n`, '"Q\\x1b[2J" is no video id'],
    [`${header}${'Q'.repeat(65)},R1,2\n`, 'is no video id'],
  ])('refuses %j', (text, message) => {
    expect(() => read(text)).toThrow(message);
    expect(() => read(text)).toThrow(UsageError);
  });

  it('reads plain lines among others alike', () => {
    const text = `${header}Q100001,R200001,9.5\n"Q100001",R200002,9.5e0\r\nQ100002,"R200001", 8\n\nQ100001,R200003,7.25\nR100001,R200001,7\nQ100002,R200002,-1\n`;
    const expected = [
      ['Q100001', 'R200001', 9.5],
      ['Q100001', 'R200002', 9.5],
      ['Q100002', 'R200001', 8],
      ['Q100001', 'R200003', 7.25],
      ['R100001', 'R200001', 7],
      ['Q100002', 'R200002', -1],
    ];
    expect(rows(read(text))).toEqual(expected);
    expect(() => read(`${text}Q100001,R200001,-2\n`)).toThrow('Q100001, R200001 is there more');
    expect(() => read(`${text}Q100003,R200001,8\n`)).toThrow('line 9: the scores are not in desc');
    expect(() => read(`${text}Q100003,R200001,8,1\n`)).toThrow(
      'line 9: "Q100003,R200001,8,1" is no',
    );
  });

  it('keeps thousands of pairs as they are', () => {
    const pairs = Array.from({ length: 3000 }, (_, at) => [`Q${at % 60}`, `R${at}`, 3000 - at]);
    const text = pairs.map((pair) => `${pair.join()}\n`).join('');
    expect(rows(read(header + text, { size: 1000 }))).toEqual(pairs);
  });

  it('takes quotes away only where they are around a whole field', () => {
    const text = `${header}Q1"x",R1,2\n"Q2"x,R1,1\n`;
    expect(rows(read(text)).map(([query]) => query)).toEqual(['Q1"x"', '"Q2"x']);
  });

  it('names the pair that is there twice', () => {
    const text = `${header}Q1,R1,5\nQ1,R2,4\nQ2,R3,3\nQ2,R2,2\nQ2,R3,1\n`;
    expect(() => read(text)).toThrow(
      'r.csv, line 6: the pair Q2, R3 is there more than once; it may occur once.',
    );
  });

  it('quotes no more than the beginning of what is wrong', () => {
    const long = 'x'.repeat(100);
    const start = `"${'x'.repeat(40)}…"`;
    expect(() => read(`${header}${long}\n`)).toThrow(`line 2: ${start} is no ranking.`);
    expect(() => read(`${header}${long},R1,1\n`)).toThrow(`line 2: ${start} is no video id.`);
  });

  const line = (length: number) => `Q1,R1,1.${'0'.repeat(length - 8)}\n`;

  it('takes a line of 4096 bytes', () => {
    expect(rows(read(header + line(4096), { size: 9999 }))).toEqual([['Q1', 'R1', 1]]);
  });

  it.each([
    ['a line', header + line(4097)],
    ['a line without an end', `${header}${'Q'.repeat(5000)}`],
    ['nothing but zeros', '\0'.repeat(9000)],
  ])('refuses %s of more than 4096 bytes, before it is over', (_, text) => {
    const said = /^r\.csv, line \d: it is longer than 4096 bytes\.$/;
    for (const size of [7, 9999]) expect(() => read(text, { size })).toThrow(said);
    expect(() => readerOf().push(Buffer.from(text))).toThrow(said);
    expect(() => readerOf().push(Buffer.from(text))).toThrow(UsageError);
  });

  it('refuses what is larger than 1 GB', () => {
    const large = { length: 2 ** 30 + 1 } as Uint8Array; // nothing of it is looked at
    expect(() => readerOf().push(large)).toThrow('r.csv, line 0: it is larger than 1 GB.');
  });
});
