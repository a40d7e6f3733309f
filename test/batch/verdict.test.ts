import { describe, expect, it } from 'vitest';
import { batchPage } from '../../src/batch/page.ts';
import { csvText, fullVerdictText, toldOf, verdictText } from '../../src/batch/told.ts';
import { type Judgement, type Row, ranked } from '../../src/batch/verdict.ts';
import { parsedHtml } from '../support/parsed-page.ts';

const judged: Judgement = {
  verdict: 'runs',
  cause: null,
  message: null,
  score: 0.5,
  subsetScore: 0.25,
  secondsPerQuery: 1.234,
  containerSeconds: 9,
  peakMemoryBytes: 1e9,
  reproduction: 'reproduces',
  report: 'report.html',
};
const failed: Judgement = {
  ...judged,
  verdict: 'failed',
  cause: 'memory',
  message: 'out of memory.',
  score: null,
  subsetScore: null,
};
const row = (submission: string, verdict: Row['verdict']) => ({
  submission,
  sha256: 'ab',
  folder: `/batch/submissions/${submission}`,
  verdict,
});
const metric = { name: 'µAP' };

it('ranks by the score, the same scores alike, and lists the others by verdict and name', () => {
  const rows = ranked([
    row('waits', { verdict: 'waiting', cause: null, message: null }),
    row('lost', { verdict: 'not judged', cause: 'lost', message: 'node1: gone' }),
    row('invalid', { ...failed, verdict: 'invalid', cause: 'broken-rules' }),
    row('z', failed),
    row('unscored', { ...judged, score: null }),
    row('third', { ...judged, score: 0 }),
    row('b', judged),
    row('a', judged),
    row('best', { ...judged, score: 0.75 }),
    row('f', failed),
  ]);
  expect(rows.map(({ rank, submission }) => [rank, submission])).toEqual([
    [1, 'best'],
    [2, 'a'],
    [2, 'b'],
    [4, 'third'],
    [null, 'unscored'],
    [null, 'f'],
    [null, 'z'],
    [null, 'invalid'],
    [null, 'lost'],
    [null, 'waits'],
  ]);
});

it.each([
  [judged, 'runs, µAP 0.5000, 1.23 s a query'],
  [{ ...judged, score: null, secondsPerQuery: null }, 'runs'],
  [failed, 'failed: it took too much memory'],
  [{ verdict: 'waiting', cause: null, message: null } as const, 'waiting'],
])('tells a verdict in a few words', (verdict, words) => {
  expect(verdictText(verdict, metric)).toBe(words);
});

it('tells all that is known of why', () => {
  expect(fullVerdictText(judged, metric)).toBe('runs, µAP 0.5000, 1.23 s a query');
  expect(fullVerdictText(failed, metric)).toBe('failed: it took too much memory (out of memory)');
});

describe('the table', () => {
  const told = (...rows: Omit<Row, 'rank'>[]) => ranked(rows).map((it) => toldOf(it, '/batch'));

  it('is CSV, of which no spreadsheet makes a formula', () => {
    const text = csvText(
      told(row('a', judged), row('@b,"c"', failed)),
      'segment_average_precision',
    );
    expect(text.split('\n')).toEqual([
      'rank,submission,verdict,cause,segment_average_precision,subset_segment_average_precision,' +
        'seconds_per_query,container_seconds,peak_memory_bytes,reproduction,message,sha256,report',
      '1,a,runs,,0.5,0.25,1.234,9,1000000000,reproduces,,ab,submissions/a/done/report.html',
      `,"'@b,""c""",failed,memory,,,1.234,9,1000000000,reproduces,out of memory.,ab,"submissions/@b,""c""/done/report.html"`,
      '',
    ]);
  });

  it('has no report of what was not judged, but the folder of the evidence', () => {
    const [only] = told(row('a', { verdict: 'not judged', cause: 'lost', message: 'm' }));
    expect(only).toMatchObject({ rank: null, report: null, folder: 'submissions/a', score: null });
  });

  it('is a page that takes all names for hostile', () => {
    const name = '<script>alert(1)</script>';
    const rows = told(row(name, judged), row('x', { ...failed, message: '<img src=x>' }));
    const conditions = { track: 'A track', dataset: 'train', metric: 'µAP' };
    const { all, text } = parsedHtml(batchPage(rows, conditions));
    expect(all('script, img')).toEqual([]);
    expect(text('h1')).toBe('2 submissions');
    expect(text('.when')).toBe('train data: 1 run, 1 failed');
    expect(text('#ranking tbody tr > *')).toBe(
      ['1', name, '0.5000', '0.2500', '1.23', '1 GB', 'makes what was submitted'].join(' | '),
    );
    expect(all('#ranking a')[0]?.getAttribute('href')).toBe(
      './submissions/%3Cscript%3Ealert(1)%3C/script%3E/done/report.html',
    );
    expect(text('#others tbody')).toContain('It took too much memory. <img src=x>');
  });
});
