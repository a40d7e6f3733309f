import type { MatchTable } from '../../matches/match-table.ts';
import { turn } from '../../turn.ts';
import { microAveragePrecision } from '../average-precision.ts';
import type { MatchScore } from '../score.ts';
import { thinned } from '../thinned.ts';
import { type axes, type RankedSegments, rankSegments } from './contributions.ts';
import { worstPairs } from './pair-losses.ts';
import { countUp } from './pairs.ts';
import { type SegmentScore, scoreRanked } from './segment-ap.ts';
import { falseSegments, Shown } from './shown.ts';
import { warningsOf } from './warnings.ts';

/** How many of the worst pairs and of the false segments are told. */
const MOST = 20;

/** Everything that matches are worth beside the ground truth. Throws the signal's reason. */
export async function scoreMatches(
  predictions: MatchTable,
  truth: MatchTable,
  signal?: AbortSignal,
): Promise<MatchScore> {
  const ranked = await rankSegments(predictions, truth, signal);
  const score = await scoreRanked(ranked, signal);
  const losses = await worstPairs(ranked, score, MOST, signal);
  const falseRanks = await falseSegments(ranked, MOST, signal);
  await turn(signal);
  const shown = new Shown(ranked);
  return {
    segmentAveragePrecision: score.averagePrecision,
    ...pairFigures(ranked),
    segments: predictions.length,
    foundSegments: ranked.activated,
    recall: recallOf(score),
    curve: curveOf(ranked, score),
    worstPairs: losses.map(({ pair, loss }) => ({ loss, ...shown.pair(pair) })),
    falseSegments: falseRanks.map((rank) => shown.ranked(rank)),
    warnings: warningsOf(ranked, score),
  };
}

/** Numbers of pairs, and their micro-average precision. */
function pairFigures({ pairs, order, predictions, truth }: RankedSegments) {
  const scores = new Float64Array(pairs.length);
  const isTrue = new Uint8Array(pairs.length);
  let [predicted, truePairs, foundPairs] = [0, 0, 0];
  for (let pair = 0; pair < pairs.length; pair += 1) {
    const [from, to] = [pairs.starts[pair] as number, pairs.starts[pair + 1] as number];
    const hasTruth = pairs.truthStarts[pair] !== pairs.truthStarts[pair + 1];
    if (hasTruth) truePairs += 1;
    if (from === to) continue;
    // Its first one has the highest score. Negative ones count as 0: the organisers' metric does that.
    const best = predictions.score[order[pairs.ranks[from] as number] as number] as number;
    scores[predicted] = Math.max(0, best);
    if (hasTruth) {
      isTrue[predicted] = 1;
      foundPairs += 1;
    }
    predicted += 1;
  }
  const [ofPredicted, marks] = [scores.subarray(0, predicted), isTrue.subarray(0, predicted)];
  return {
    microAveragePrecision: microAveragePrecision(ofPredicted, marks, truePairs),
    pairs: predicted,
    truth: { segments: truth.length, pairs: truePairs },
    foundPairs,
  };
}

function recallOf({ steps, truthLength }: SegmentScore): MatchScore['recall'] {
  const of = (axis: (typeof axes)[number]) => {
    const whole = truthLength[axis];
    return whole > 0 ? Math.min(1, (steps.shared[axis][steps.length - 1] ?? 0) / whole) : 0;
  };
  return { query: of('query'), reference: of('reference') };
}

function curveOf({ predictions, order }: RankedSegments, { steps }: SegmentScore) {
  const points = thinned(countUp(steps.length));
  const column = (values: Float64Array) => points.map((step) => values[step] as number);
  return {
    recall: column(steps.recall),
    precision: column(steps.precision),
    score: points.map((step) => {
      const row = order[(steps.ranks[step] as number) - 1] as number;
      return predictions.score[row] as number;
    }),
  };
}
