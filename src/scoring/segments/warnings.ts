import type { MatchTable } from '../../matches/match-table.ts';
import type { RankedSegments } from './contributions.ts';
import type { SegmentScore } from './segment-ap.ts';

/** What is said where the organisers' metric fails, or answers what is no score. */
const sentences = {
  noTruth:
    'The ground truth has no segment with a length: the score is 0, and the organisers’ metric divides by zero.',
  noPredictions:
    'There are no matches: the score is 0, and the organisers’ pairwise score fails on such a file.',
  noLengthOnTop:
    'The segments with the highest score have no length: they count for nothing here, and the organisers’ metric divides by zero.',
  reversedPredictions:
    'Some matches end before they begin: they count for nothing here, and the organisers’ metric may fail or answer more than 1.',
  reversedTruth:
    'Some segments of the ground truth end before they begin: they count for nothing here, and the organisers’ metric may fail or answer more than 1.',
} as const;

/** Where the organisers' metric is not to be had, though this one is defined. */
export function warningsOf(ranked: RankedSegments, { truthLength }: SegmentScore): string[] {
  const { predictions, truth } = ranked;
  const isThere: Readonly<Record<keyof typeof sentences, boolean>> = {
    noTruth: truthLength.query <= 0 || truthLength.reference <= 0,
    noPredictions: predictions.length === 0,
    noLengthOnTop: predictions.length > 0 && !topHasLength(ranked),
    reversedPredictions: hasReversed(predictions),
    reversedTruth: hasReversed(truth),
  };
  const names = Object.keys(sentences) as (keyof typeof sentences)[];
  return names.filter((name) => isThere[name]).map((name) => sentences[name]);
}

/** Whether the segments with the highest score have a length, on both axes. */
function topHasLength({ predictions: { score }, order, predicted }: RankedSegments): boolean {
  const highest = score[order[0] as number];
  let [query, reference] = [0, 0];
  for (let at = 0; at < order.length && score[order[at] as number] === highest; at += 1) {
    query += predicted.query[at] as number;
    reference += predicted.reference[at] as number;
  }
  return query > 0 && reference > 0;
}

function hasReversed(table: MatchTable): boolean {
  for (let row = 0; row < table.length; row += 1) {
    if ((table.queryStart[row] as number) > (table.queryEnd[row] as number)) return true;
    if ((table.referenceStart[row] as number) > (table.referenceEnd[row] as number)) return true;
  }
  return false;
}
