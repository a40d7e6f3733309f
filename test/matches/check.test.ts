import { describe, expect, it } from 'vitest';
import { checkMatches, type ExpectedMatches } from '../../src/matches/check.ts';
import { COLUMNS } from '../../src/matches/rows.ts';
import { checked } from './support.ts';

const header = `${COLUMNS.join()}\n`;
const expected: ExpectedMatches = {
  file: 'full_matches.csv',
  queries: new Map([['Q1', 9.5]]),
  references: new Map([['R1', 10]]),
  querySource: 'query_subset.csv',
  referenceSource: 'reference_metadata.csv',
};
const found = (text: string, held = expected) => checked(Buffer.from(text), held);
const csv = (...rows: readonly string[]) => header + rows.map((row) => `${row}\n`).join('');

describe('checkMatches', () => {
  it('says where, what was found, what is allowed and how often, in the order of the file', async () => {
    const rows = [
      'Q1,R1,1,2,3,4,5',
      'Q1,R1,-1,2,3,3,x',
      '',
      'Q1,R1,-2,20,3,3,y',
      'Q1,R2,-2,2,3,2,nan',
    ];
    const { findings, segments } = await found(csv(...rows));
    expect(findings.map(({ severity, message }) => `${severity} ${message}`)).toEqual([
      'error line 3, query_start: found -1; times are seconds from 0 up; so it is in 2 more rows',
      'warning line 3, ref_end: the segment ends where it starts, at 3 s, and so matches nothing; so it is in 1 more row',
      'error line 3, score: found "x"; needed is a decimal number such as 12.5; so it is in 1 more row',
      'warning line 5, query_end: 20 s is beyond the video: "Q1" lasts 9.5 s by query_subset.csv',
      'error line 6, ref_id: "R2" is not in reference_metadata.csv',
      'error line 6, ref_start: 3 s is after ref_end, 2 s',
      'error line 6, score: found "nan"; every time and score needs a value',
    ]);
    expect(segments).toBe(4);
  });

  it('tells what is wrong with a row from its first column to its last', async () => {
    const { findings } = await found(csv('Q1,R1,1,-1,20,12,5'));
    expect(findings.map(({ message }) => message)).toEqual([
      'line 2, query_start: 1 s is after query_end, -1 s',
      'line 2, query_end: found -1; times are seconds from 0 up',
      'line 2, ref_start: 20 s is after ref_end, 12 s',
      'line 2, ref_end: 12 s is beyond the video: "R1" lasts 10 s by reference_metadata.csv',
    ]);
  });

  it('says how pandas writes the columns that are needed', async () => {
    const { findings } = await found('query_id,ref_id\n');
    expect(findings.map(({ fix }) => fix)).toEqual([
      'matches.to_csv(file, columns=["query_id", "ref_id", "query_start", "query_end", "ref_start", "ref_end", "score"], index=False)',
    ]);
  });

  it.each([
    [
      'a wrong column',
      'query_id,ref_id,score\n',
      'line 1: column 3 is "score", not query_start; needed',
    ],
    [
      'a missing column',
      header.replace(',score', ''),
      'line 1: column 7 is missing, not score; needed',
    ],
    ['one too many', header.replace('score', 'score,x'), 'column 8 is "x", there may be 7 alone'],
    ['an empty file', '', 'it is empty: not even the columns are there'],
    ['a quote', csv('"Q1,R1,1,2,3,4,5'), 'line 2: it has a quote that is not around a whole field'],
    ['a long line', csv('Q'.repeat(5000)), 'line 2: it is longer than 4096 bytes'],
    ['a control', csv('Q1\u001b[2J,R1,1,2,3,4,5'), 'line 2: it has control characters, as no text'],
    ['a short row', csv('', 'Q1'), 'line 3: it has 1 field, not 7'],
    [
      'a missing id',
      csv(',R1,1,2,3,4,5'),
      'query_id: found nothing; ids of query videos start with Q',
    ],
    ['UTF-8', csv('é,R1,1,2,3,4,5'), 'found "é"; ids of query'],
    ['what turns text around', csv('\u202e1Q,R1,1,2,3,4,5'), 'found "\\u202e1Q"; ids of query'],
    [
      'a long id',
      csv(`Q${'1'.repeat(99)},R1,1,2,3,4,5`),
      `"Q${'1'.repeat(39)}…" is not in query_subset`,
    ],
    [
      'an impossible time',
      csv('Q1,R1,0,2e9,3,4,5'),
      'found 2000000000; times are 1,000,000,000 seconds',
    ],
    ['no segments', header, 'it has no segments at all; its score would be 0'],
  ])('says of %s what is wrong', async (_, text, message) => {
    const { findings } = await found(text);
    expect(findings[0]?.message).toContain(message);
  });

  it.each([undefined, Number.POSITIVE_INFINITY])(
    'takes all ids where a list is unknown: %s',
    async (length) => {
      const all = { has: () => true, get: () => length };
      const { findings } = await found(csv('Q7,R7,1,1e9,3,1e9,5'), {
        ...expected,
        queries: all,
        references: all,
      });
      expect(findings).toEqual([]);
    },
  );

  const once = Buffer.from(csv(...Array(4000).fill('Q1,R1,1,2,3,x,5')));
  async function* endless(): AsyncGenerator<Uint8Array> {
    yield once;
    for (;;) yield once.subarray(header.length);
  }

  it('is interrupted while chunks come without a pause', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('interrupted')), 5);
    await expect(checkMatches(endless(), expected, stop.signal)).rejects.toThrow('interrupted');
  });

  it('is interrupted in the middle of a chunk', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('interrupted')), 5);
    const one = Buffer.concat([once, Buffer.alloc(2 ** 26, once.subarray(header.length))]);
    await expect(
      checkMatches(
        (async function* () {
          yield one;
        })(),
        expected,
        stop.signal,
      ),
    ).rejects.toThrow('interrupted');
  });

  it('stops reading at a line that has no end', async () => {
    let chunks = 0;
    const { findings, segments } = await checkMatches(
      (async function* () {
        for (; chunks < 1000; chunks += 1) yield Buffer.alloc(65_536, 'Q');
      })(),
      expected,
    );
    expect(findings.map(({ rule }) => rule)).toEqual(['unreadable']);
    expect([chunks, segments]).toEqual([0, 0]);
  });

  it('lets the errors of the source pass', async () => {
    const broken = (async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from(header);
      throw new Error('disk');
    })();
    await expect(checkMatches(broken, expected)).rejects.toThrow('disk');
  });
});
