import { formatCount, tableLines } from '../../progress/format.ts';
import type { MatchScore, MatchSubmissionScore, SegmentTimes } from '../score.ts';
import { figure, figureLines, shortScore } from '../score-lines.ts';

/** How many rows of a table are printed; `--json` and the report have them all. */
const ROWS = 5;

/** Names stand to the left, numbers to the right. */
const pairSides = ['left', 'left', 'right'] as const;

/** A score of matches for people, to its last table. */
export function matchScoreLines(score: MatchSubmissionScore): string[] {
  return [
    ...matchScoreSummary(score),
    ...pairLines(score.full),
    ...falseSegmentLines(score.full),
    ...hintLines(score),
  ];
}

/** The figures alone, a line each; the subset beside the full set where it has a ground truth. */
export function matchScoreSummary(score: MatchSubmissionScore): string[] {
  const count = (found: number, all: number) => `${formatCount(found)} of ${formatCount(all)}`;
  return figureLines(score, [
    ['segment AP', (set) => figure(set.segmentAveragePrecision)],
    ['pairwise µAP', (set) => figure(set.microAveragePrecision)],
    ['recall of query seconds', ({ recall }) => figure(recall.query)],
    ['recall of reference seconds', ({ recall }) => figure(recall.reference)],
    ['true pairs found', (set) => count(set.foundPairs, set.truth.pairs)],
    ['true segments found', (set) => count(set.foundSegments, set.truth.segments)],
    ['predicted segments', (set) => formatCount(set.segments)],
    ['predicted pairs', (set) => formatCount(set.pairs)],
  ]);
}

function pairLines({ worstPairs }: MatchScore): string[] {
  if (worstPairs.length === 0) return [];
  const rows = worstPairs
    .slice(0, ROWS)
    .map(({ query, reference, loss, trueSegments, segments }) => [
      query,
      reference,
      figure(loss),
      formatCount(trueSegments),
      formatCount(segments),
    ]);
  return [
    '',
    'Worst pairs (loss: what segment AP would gain if their true segments came first, and alone)',
    ...tableLines([['query', 'reference', 'loss', 'true', 'predicted'], ...rows], pairSides),
  ];
}

function falseSegmentLines({ falseSegments }: MatchScore): string[] {
  if (falseSegments.length === 0) return [];
  const rows = falseSegments
    .slice(0, ROWS)
    .map((segment) => [
      segment.query,
      segment.reference,
      ...spans(segment),
      shortScore(segment.score),
      formatCount(segment.rank),
    ]);
  const head = ['query', 'reference', 'query s', 'reference s', 'score', 'rank'];
  return ['', 'False segments with the highest scores', ...tableLines([head, ...rows], pairSides)];
}

/** From when to when, on each axis. */
function spans(segment: SegmentTimes): string[] {
  const span = (start: number, end: number) => `${seconds(start)}–${seconds(end)}`;
  return [
    span(segment.queryStart, segment.queryEnd),
    span(segment.referenceStart, segment.referenceEnd),
  ];
}

/** Seconds to a tenth; beyond what a video lasts, as short as they can be. */
function seconds(time: number): string {
  return Math.abs(time) < 1e6 ? time.toFixed(1) : time.toExponential(1);
}

/** What a score of nothing may come from, and where the organisers' metric has none. */
function hintLines({ full, subset }: MatchSubmissionScore): string[] {
  const hints = [...full.warnings];
  if (full.pairs > 0 && full.truth.pairs > 0 && full.foundPairs === 0) {
    hints.push('No true pair is among the matches: are they those of another dataset?');
  }
  if (subset !== undefined) hints.push(...subsetHints(subset, full));
  return hints.length === 0 ? [] : ['', ...hints];
}

function subsetHints({ truth, segments, warnings }: MatchScore, full: MatchScore): string[] {
  if (full.truth.pairs === 0) return [];
  if (truth.pairs === 0) {
    return ['The subset has no true pairs: a larger SUBSET_PROPORTION would give it a score.'];
  }
  if (segments === 0) return ['The subset has no matches, as without a main.py: it scores 0.'];
  return warnings
    .filter((warning) => !full.warnings.includes(warning))
    .map((warning) => `In the subset: ${warning}`);
}
