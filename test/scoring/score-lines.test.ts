import { describe, expect, it } from 'vitest';
import { scoreRankings } from '../../src/scoring/ranking-metric.ts';
import type { RankingScore } from '../../src/scoring/score.ts';
import { scoreLines, scoreSummary } from '../../src/scoring/score-lines.ts';
import { rankings, truth } from './support.ts';

const full = await scoreRankings(
  rankings(['Q1 R1 9', 'Q1 R2 8.12345678', 'Q2 R3 7', 'Q2 R9 6', 'Q3 R5 5']),
  truth('Q1 R1', 'Q2 R3', 'Q3 R4', 'Q3 R5', 'Q4 R6'),
);
const withNothingFound = await scoreRankings(rankings(['Q1 R9 1']), truth('Q1 R1'));
const withoutTruth = await scoreRankings(rankings(['Q1 R9 1']), truth());
const withoutRankings = await scoreRankings(rankings([]), truth('Q1 R1'));

/** The lines below the tables, where there are any. */
const hints = (score: Parameters<typeof scoreLines>[0]) =>
  scoreLines(score)
    .slice(scoreSummary(score).length)
    .filter((line) => /^[NT]/.test(line));

describe('a score for people', () => {
  it('has the figures, the queries that lost the most and the false pairs that stand highest', () => {
    expect(scoreLines({ full })).toEqual([
      '                              full',
      '  µAP                       0.4533',
      '  recall at 90 % precision  0.2000',
      '  true pairs found          3 of 5',
      '  ranked pairs                   5',
      '',
      'Worst queries (loss: what µAP would gain if their true pairs came first)',
      '  query    loss   found  best rank',
      '  Q3     0.3067  1 of 2          5',
      '  Q4     0.2300  0 of 1          –',
      '  Q2     0.0667  1 of 1          3',
      '',
      'False pairs with the highest scores',
      '  query  reference    score  rank',
      '  Q1            R2  8.12346     2',
      '  Q2            R9        6     4',
    ]);
  });

  it('has the subset beside the full set', () => {
    expect(scoreSummary({ full, subset: withNothingFound })).toEqual([
      '                              full  subset',
      '  µAP                       0.4533  0.0000',
      '  recall at 90 % precision  0.2000  0.0000',
      '  true pairs found          3 of 5  0 of 1',
      '  ranked pairs                   5       1',
    ]);
  });

  it('has five rows in a table at most', async () => {
    const ids = Array.from({ length: 7 }, (_, at) => `Q${at}`);
    const score = await scoreRankings(
      rankings(ids.map((id) => `${id} R9 1`)),
      truth(...ids.map((id) => `${id} R1`)),
    );
    const lines = scoreLines({ full: score });
    expect(lines.filter((line) => line.startsWith('  Q'))).toHaveLength(2 * 5);
  });

  it('has no tables where there is nothing to look at', async () => {
    const perfect = await scoreRankings(rankings(['Q1 R1 2']), truth('Q1 R1'));
    expect(scoreLines({ full: perfect })).toEqual(scoreSummary({ full: perfect }));
  });

  it.each([
    [0.00005, '0.0001'],
    [0.00004, '4.0e-5'],
    [0, '0.0000'],
    [1, '1.0000'],
  ])('never shows a small score as none: %d as %s', (microAveragePrecision, shown) => {
    const [, line = ''] = scoreSummary({ full: { ...full, microAveragePrecision } });
    expect(line.split(/ {2,}/).at(-1)).toBe(shown);
  });
});

describe('what a score of nothing may come from', () => {
  it.each<[string, RankingScore, RankingScore | undefined, readonly RegExp[]]>([
    ['some found', full, full, []],
    ['nothing found', withNothingFound, undefined, [/^No true pair .* another dataset\?$/]],
    ['no ground truth', withoutTruth, undefined, [/^The ground truth has no pairs: /]],
    ['neither', withoutTruth, withoutTruth, [/^The ground truth has no pairs: /]],
    ['nothing submitted', withoutRankings, undefined, []],
    ['a subset without truth', full, withoutTruth, [/^The subset has no true pairs: .*PROPORTION/]],
    ['a subset without rankings', full, withoutRankings, [/^The subset has no rankings, .* main/]],
    ['a subset with nothing found', full, withNothingFound, []],
  ])('%s', (_, full, subset, expected) => {
    const told = hints({ full, ...(subset && { subset }) });
    expect(told).toHaveLength(expected.length);
    for (const [at, pattern] of expected.entries()) expect(told[at]).toMatch(pattern);
  });
});
