import { formatCount, tableLines } from '../progress/format.ts';
import type { RankingScore, SubmissionScore } from './score.ts';

/** How many rows of a table are printed; `--json` and the report have them all. */
const ROWS = 5;

/** Names stand to the left, numbers to the right. */
const sides = ['left', 'right'] as const;

/** A score for people, to its last table. */
export function scoreLines(score: SubmissionScore): string[] {
  return [
    ...scoreSummary(score),
    ...queryLines(score.full),
    ...pairLines(score.full),
    ...hintLines(score),
  ];
}

/** The figures alone, a line each; the subset beside the full set where it has a ground truth. */
export function scoreSummary(score: SubmissionScore): string[] {
  return figureLines(score, [
    ['µAP', (set) => figure(set.microAveragePrecision)],
    ['recall at 90 % precision', (set) => figure(set.recallAtPrecision90)],
    ['true pairs found', (set) => `${formatCount(set.found)} of ${formatCount(set.truePairs)}`],
    ['ranked pairs', (set) => formatCount(set.pairs)],
  ]);
}

/** Figures of one set or of two, beside each other: what each is called, and how a set tells it. */
export function figureLines<Score>(
  { full, subset }: { readonly full: Score; readonly subset?: Score },
  figures: readonly (readonly [name: string, tell: (set: Score) => string])[],
): string[] {
  const sets = subset === undefined ? [full] : [full, subset];
  const heading = ['', 'full', 'subset'].slice(0, 1 + sets.length);
  const rows = figures.map(([name, tell]) => [name, ...sets.map(tell)]);
  return tableLines([heading, ...rows], sides);
}

function queryLines({ worstQueries }: RankingScore): string[] {
  if (worstQueries.length === 0) return [];
  const rows = worstQueries
    .slice(0, ROWS)
    .map(({ query, loss, found, truePairs, bestRank }) => [
      query,
      figure(loss),
      `${found} of ${truePairs}`,
      bestRank === null ? '–' : formatCount(bestRank),
    ]);
  return [
    '',
    'Worst queries (loss: what µAP would gain if their true pairs came first)',
    ...tableLines([['query', 'loss', 'found', 'best rank'], ...rows], sides),
  ];
}

function pairLines({ topFalsePairs }: RankingScore): string[] {
  if (topFalsePairs.length === 0) return [];
  const rows = topFalsePairs
    .slice(0, ROWS)
    .map(({ query, reference, score, rank }) => [
      query,
      reference,
      shortScore(score),
      formatCount(rank),
    ]);
  return [
    '',
    'False pairs with the highest scores',
    ...tableLines([['query', 'reference', 'score', 'rank'], ...rows], sides),
  ];
}

/** What a score of nothing may come from. */
function hintLines({ full, subset }: SubmissionScore): string[] {
  const hints = [];
  if (full.pairs > 0 && full.truePairs > 0 && full.found === 0) {
    hints.push('No true pair is among the rankings: are they those of another dataset?');
  }
  if (full.truePairs === 0) hints.push('The ground truth has no pairs: nothing can be scored.');
  else if (subset?.truePairs === 0) {
    hints.push('The subset has no true pairs: a larger SUBSET_PROPORTION would give it a score.');
  } else if (subset?.pairs === 0) {
    hints.push('The subset has no rankings, as without a main.py: it scores 0.');
  }
  return hints.length === 0 ? [] : ['', ...hints];
}

/** A share or a score between 0 and 1; a small one is never shown as none. */
export function figure(value: number): string {
  return value > 0 && value < 0.00005 ? value.toExponential(1) : value.toFixed(4);
}

/** A submitted score to six digits. */
export function shortScore(score: number): string {
  return String(Number(score.toPrecision(6)));
}
