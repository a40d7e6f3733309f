import { Pace } from '../../turn.ts';
import { descendingOrder } from '../average-precision.ts';
import { axes, type RankedSegments } from './contributions.ts';
import { countUp } from './pairs.ts';
import { geometricMean, type Lengths, type SegmentScore } from './segment-ap.ts';

/** What a pair costs. */
export interface Loss {
  /** Place of the pair. */
  readonly pair: number;
  readonly loss: number;
}

/** Less than this is what adding up doubles leaves. */
const ROUNDING = 1e-9;

/** The curve that all pairs are tried on has at most so many steps, and fewer where there are many pairs. */
const MOST_STEPS = 256;
const MOST_TRIALS = 2 ** 25;

/** How many times as many pairs as are asked for are measured on the whole curve. */
const SPARE = 2;

/**
 * The pairs with the greatest loss, greatest first, at most `most` and none without loss.
 *
 * A pair's loss is AP′ − AP, where AP′ is the segment AP after one change: the pair's predictions are
 * gone, and all of its ground truth stands before everything else. Of a pair that is in no ground truth
 * that is what its predictions keep the others from. There is no sum for it shorter than the curve, so
 * all pairs are tried on few of its steps, evenly spread over recall; those that seem to cost most are
 * then measured on all. A loss that is told is exact, up to rounding; a pair whose loss differs from
 * the last one's by less than the curve's thinning may be missed.
 *
 * @throws the signal's reason
 */
export async function worstPairs(
  ranked: RankedSegments,
  score: SegmentScore,
  most: number,
  signal?: AbortSignal,
): Promise<readonly Loss[]> {
  const { pairs } = ranked;
  const { truthLength } = score;
  if (truthLength.query <= 0 || truthLength.reference <= 0) return [];
  const pace = new Pace(signal);
  const few = evenSteps(score, Math.min(MOST_STEPS, Math.max(16, MOST_TRIALS / pairs.length)));
  const tried = new Float64Array(pairs.length);
  for (let pair = 0; pair < pairs.length; pair += 1) {
    if (pace.isDue) await pace.turn();
    tried[pair] = withTruthFirst(pair, few, ranked, score);
  }
  const all = countUp(score.steps.length);
  const losses: Loss[] = [];
  for (const pair of descendingOrder(tried).subarray(0, SPARE * most)) {
    if (pace.isDue) await pace.turn();
    const loss = withTruthFirst(pair, all, ranked, score) - score.averagePrecision;
    if (loss > ROUNDING) losses.push({ pair, loss });
  }
  return losses.sort((a, b) => b.loss - a.loss || a.pair - b.pair).slice(0, most);
}

/** The first step that reaches each of `count` recalls, evenly spread; and the last step. */
function evenSteps({ steps }: SegmentScore, count: number): Uint32Array {
  const chosen: number[] = [];
  const width = (steps.recall[steps.length - 1] ?? 0) / count;
  let next = width;
  for (let step = 0; step < steps.length; step += 1) {
    const recall = steps.recall[step] as number;
    if (recall < next && step < steps.length - 1) continue;
    chosen.push(step);
    next = (Math.floor(recall / width) + 1) * width;
  }
  return Uint32Array.from(chosen);
}

/** The segment AP, summed over some steps, if a pair's predictions were its ground truth, ranked first. */
function withTruthFirst(
  pair: number,
  chosen: Uint32Array,
  { pairs, predicted, shared, truthLength: ofPairs }: RankedSegments,
  { steps, truthLength }: SegmentScore,
): number {
  const truth = {
    query: ofPairs.query[pair] as number,
    reference: ofPairs.reference[pair] as number,
  };
  const own = { query: { predicted: 0, shared: 0 }, reference: { predicted: 0, shared: 0 } };
  const [right, claimed]: [Lengths, Lengths] = [{ ...truth }, { ...truth }];
  let before = geometricMean(right, truthLength);
  let sum = before;
  let at = pairs.starts[pair] as number;
  const end = pairs.starts[pair + 1] as number;
  for (const step of chosen) {
    const among = steps.ranks[step] as number;
    for (; at < end && (pairs.ranks[at] as number) < among; at += 1) {
      const rank = pairs.ranks[at] as number;
      for (const axis of axes) {
        own[axis].predicted += predicted[axis][rank] as number;
        own[axis].shared += shared[axis][rank] as number;
      }
    }
    for (const axis of axes) {
      right[axis] = (steps.shared[axis][step] as number) - own[axis].shared + truth[axis];
      claimed[axis] = (steps.predicted[axis][step] as number) - own[axis].predicted + truth[axis];
    }
    const recall = geometricMean(right, truthLength);
    if (recall <= before) continue;
    sum += geometricMean(right, claimed) * (recall - before);
    before = recall;
  }
  return sum;
}
