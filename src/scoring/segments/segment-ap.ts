import type { MatchTable } from '../../matches/match-table.ts';
import { Pace } from '../../turn.ts';
import {
  axes,
  type ByAxis,
  columns,
  type RankedSegments,
  rankSegments,
  STRETCH,
} from './contributions.ts';

/** A length on each axis. */
export type Lengths = Record<keyof ByAxis, number>;

/** Places in ranked segments at the end of groups of equal scores, column by column. */
export interface Steps {
  readonly length: number;
  /** How many segments have at least that score. */
  readonly ranks: Uint32Array;
  /** Of all those: the length of the predictions, and what of that is right. */
  readonly predicted: ByAxis;
  readonly shared: ByAxis;
  /** With no more of them than these: recall and precision. */
  readonly recall: Float64Array;
  readonly precision: Float64Array;
}

/** Predicted segments beside the ground truth's. */
export interface SegmentScore {
  /** Segment AP, the score of the matching track. */
  readonly averagePrecision: number;
  /** The steps at which recall rises, and last the whole, if it isn't one. */
  readonly steps: Steps;
  /** Of the whole ground truth. */
  readonly truthLength: Readonly<Lengths>;
}

/**
 * The segment AP of VSC2022. A ground-truth segment is active once a prediction of its pair shares an
 * area with it. On each axis, over all pairs: L is the length of the ground truth, T that of the
 * predictions so far, and I that of what predictions and active segments share, where overlapping
 * segments of a pair count once. After each group of equal scores
 *
 *     R = √(I_q/L_q · I_r/L_r),  P = √(I_q/T_q · I_r/T_r),  AP += P · (R − R before).
 *
 * Segments that don't end after they begin have no length and activate nothing. 0 where the ground
 * truth has no length. The reference merges all intervals of a pair anew for each prediction; here each
 * piece of a video is counted once, in O(n log n) for all but contrived sets.
 *
 * @throws the signal's reason
 * @see https://arxiv.org/abs/2306.09489, 3.3
 */
export async function segmentScore(
  predictions: MatchTable,
  truth: MatchTable,
  signal?: AbortSignal,
): Promise<SegmentScore> {
  return scoreRanked(await rankSegments(predictions, truth, signal), signal);
}

/** The same of segments that are ranked already. Throws the signal's reason. */
export async function scoreRanked(
  ranked: RankedSegments,
  signal?: AbortSignal,
): Promise<SegmentScore> {
  const { order, predictions, truthLength: ofPairs } = ranked;
  const pace = new Pace(signal);
  const truthLength = { query: sum(ofPairs.query), reference: sum(ofPairs.reference) };
  const count = order.length;
  const steps = {
    ranks: new Uint32Array(count),
    predicted: columns(count),
    shared: columns(count),
    recall: new Float64Array(count),
    precision: new Float64Array(count),
  };
  const [predicted, shared]: [Lengths, Lengths] = [
    { query: 0, reference: 0 },
    { query: 0, reference: 0 },
  ];
  let [length, averagePrecision, before] = [0, 0, 0];
  for (let at = 0; at < count; ) {
    if (at % STRETCH === 0 && pace.isDue) await pace.turn();
    const score = predictions.score[order[at] as number];
    do {
      predicted.query += ranked.predicted.query[at] as number;
      predicted.reference += ranked.predicted.reference[at] as number;
      shared.query += ranked.shared.query[at] as number;
      shared.reference += ranked.shared.reference[at] as number;
      at += 1;
    } while (at < count && predictions.score[order[at] as number] === score);
    const recall = geometricMean(shared, truthLength);
    if (recall <= before && at < count) continue;
    const precision = geometricMean(shared, predicted);
    averagePrecision += precision * (recall - before);
    steps.ranks[length] = at;
    for (const axis of axes) {
      steps.predicted[axis][length] = predicted[axis];
      steps.shared[axis][length] = shared[axis];
    }
    steps.recall[length] = recall;
    steps.precision[length] = precision;
    length += 1;
    before = recall;
  }
  return { averagePrecision, steps: { length, ...steps }, truthLength };
}

/** The geometric mean of two shares; 0 where there is nothing to share. */
export function geometricMean(parts: Readonly<Lengths>, wholes: Readonly<Lengths>): number {
  const { query, reference } = wholes;
  if (query <= 0 || reference <= 0) return 0;
  const product = (parts.query / query) * (parts.reference / reference);
  return Math.sqrt(Math.min(1, Math.max(0, product)));
}

function sum(lengths: Float64Array): number {
  return lengths.reduce((total, length) => total + length, 0);
}
