import { describe, expect, it } from 'vitest';
import type { MatchScore } from '../../../src/scoring/score.ts';
import { matchScoreLines, matchScoreSummary } from '../../../src/scoring/segments/match-lines.ts';
import { scoreMatches } from '../../../src/scoring/segments/match-score.ts';
import { matches } from '../../support/match-table.ts';

const truth = matches('Q1 R1 0..10 20..30', 'Q1 R1 50..60 70..80', 'Q2 R2 5..15 5..15');
const full = await scoreMatches(
  matches('Q9 R9 0..30 0..3600 0.912345678', 'Q1 R1 0..10 20..30 0.8'),
  truth,
);
const nothingFound = await scoreMatches(matches('Q9 R9 0..1 0..1 1'), truth);
const withoutTruth = await scoreMatches(matches('Q9 R9 0..1 0..1 1'), matches());
const withoutMatches = await scoreMatches(matches(), truth);
const reversed = await scoreMatches(matches('Q1 R1 0..9 20..30 2', 'Q1 R1 9..1 0..1 1'), truth);

describe('a score of matches for people', () => {
  it('has the figures, the pairs that cost most and the false segments that stand highest', () => {
    expect(matchScoreLines({ full })).toEqual([
      '                                 full',
      '  segment AP                   0.0088',
      '  pairwise µAP                 0.2500',
      '  recall of query seconds      0.3333',
      '  recall of reference seconds  0.3333',
      '  true pairs found             1 of 2',
      '  true segments found          1 of 3',
      '  predicted segments                2',
      '  predicted pairs                   2',
      '',
      'Worst pairs (loss: what segment AP would gain if their true segments came first, and alone)',
      '  query  reference    loss  true  predicted',
      '  Q1     R1         0.6579     2          1',
      '  Q2     R2         0.3402     1          0',
      '  Q9     R9         0.3246     0          1',
      '',
      'False segments with the highest scores',
      '  query  reference   query s  reference s     score  rank',
      '  Q9     R9         0.0–30.0   0.0–3600.0  0.912346     1',
    ]);
  });

  it('has the subset beside the full set, and no tables where there is nothing to look at', async () => {
    const perfect = await scoreMatches(truth, truth);
    expect(matchScoreSummary({ full: perfect, subset: nothingFound }).slice(0, 3)).toEqual([
      '                                 full  subset',
      '  segment AP                   1.0000  0.0000',
      '  pairwise µAP                 1.0000  0.0000',
    ]);
    expect(matchScoreLines({ full: perfect })).toEqual(matchScoreSummary({ full: perfect }));
  });

  it.each<[string, MatchScore, MatchScore | undefined, readonly RegExp[]]>([
    ['some found', full, full, []],
    ['nothing found', nothingFound, undefined, [/^No true pair .* another dataset\?$/]],
    ['no ground truth', withoutTruth, withoutTruth, [/^The ground truth has no segment/]],
    ['nothing submitted', withoutMatches, undefined, [/^There are no matches/]],
    ['a subset without truth', full, withoutTruth, [/^The subset has no true pairs: .*PROPORTION/]],
    ['a subset without matches', full, withoutMatches, [/^The subset has no matches, .* main/]],
    ['a subset with reversed ones', full, reversed, [/^In the subset: Some matches end before/]],
    ['reversed ones in both', reversed, reversed, [/^Some matches end before/]],
  ])('says what a score of nothing may come from: %s', (_, full, subset, expected) => {
    const told = matchScoreLines({ full, ...(subset && { subset }) })
      .slice(matchScoreSummary({ full }).length)
      .filter((line) => /^(There|The|No|In|Some) /.test(line));
    expect(told).toHaveLength(expected.length);
    for (const [at, pattern] of expected.entries()) expect(told[at]).toMatch(pattern);
  });
});
