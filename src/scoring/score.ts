import type { Scores } from './metric.ts';

/** A video pair by its place in the rankings. */
export interface RankedPair {
  readonly query: string;
  readonly reference: string;
  readonly score: number;
  /** 1 is the best. */
  readonly rank: number;
}

/** What one query costs the score. */
export interface QueryLoss {
  readonly query: string;
  /** Its pairs in the ground truth, and how many of them were ranked at all. */
  readonly truePairs: number;
  readonly found: number;
  /** Rank of its best true pair, or null where none was ranked. */
  readonly bestRank: number | null;
  /** Of that pair or, where none was ranked, of the first; reports of older versions lack it. */
  readonly reference?: string;
  /** By how much the micro-average precision would rise if all its true pairs came first. */
  readonly loss: number;
}

/** Rankings seen beside the ground truth. */
export interface RankingScore {
  readonly microAveragePrecision: number;
  /** Video pairs submitted, true pairs in the ground truth, and those of them that were submitted. */
  readonly pairs: number;
  readonly truePairs: number;
  readonly found: number;
  /** The highest recall at which precision is still at least 0.9; 0 where it never is. */
  readonly recallAtPrecision90: number;
  /** Precision and recall at falling thresholds, thinned to a few hundred points; equal lengths. */
  readonly curve: { readonly recall: readonly number[]; readonly precision: readonly number[] };
  /** Numbers of pairs between neighbouring `edges`: `edges` has one more entry than the others. */
  readonly histogram: {
    readonly edges: readonly number[];
    readonly truePairs: readonly number[];
    readonly falsePairs: readonly number[];
  };
  /** The queries with the greatest loss, greatest first; at most 20. */
  readonly worstQueries: readonly QueryLoss[];
  /** The false pairs with the highest scores, highest first; at most 20. */
  readonly topFalsePairs: readonly RankedPair[];
}

/** The score of the rankings of a submission. */
export type SubmissionScore = Scores<RankingScore>;

/** Where a segment lies: seconds of the query and of the reference. */
export interface SegmentTimes {
  readonly queryStart: number;
  readonly queryEnd: number;
  readonly referenceStart: number;
  readonly referenceEnd: number;
}

/** A predicted segment of a pair. */
export interface ScoredSegment extends SegmentTimes {
  readonly score: number;
}

/** A predicted segment by its place among all of them. */
export interface RankedSegment extends ScoredSegment {
  readonly query: string;
  readonly reference: string;
  /** 1 is the best; of equal scores, in the order of the file. */
  readonly rank: number;
}

/** What one pair costs the segment AP. */
export interface PairLoss {
  readonly query: string;
  readonly reference: string;
  /** By how much the segment AP would rise if its segments were the true ones, ranked first. */
  readonly loss: number;
  /** How many segments the ground truth has of it, and how many are predicted. */
  readonly trueSegments: number;
  readonly segments: number;
  /** Those of the ground truth in its order, at most 50. */
  readonly truth: readonly SegmentTimes[];
  /** The predicted ones, highest score first, at most 50. */
  readonly predicted: readonly ScoredSegment[];
}

/** Matches seen beside the ground truth. */
export interface MatchScore {
  readonly segmentAveragePrecision: number;
  /** Of pairs, each by its highest score or, if that is negative, by 0. */
  readonly microAveragePrecision: number;
  /** Predicted segments, and the pairs that have them. */
  readonly segments: number;
  readonly pairs: number;
  readonly truth: { readonly segments: number; readonly pairs: number };
  /** Pairs of the ground truth that are predicted; its segments that share an area with a prediction. */
  readonly foundPairs: number;
  readonly foundSegments: number;
  /** The share of the true seconds that all predictions find, in queries and in references. */
  readonly recall: { readonly query: number; readonly reference: number };
  /**
   * Where recall rises at falling scores, and last over all segments; thinned to a few hundred points,
   * equal lengths.
   */
  readonly curve: {
    readonly recall: readonly number[];
    readonly precision: readonly number[];
    readonly score: readonly number[];
  };
  /** The pairs with the greatest loss, greatest first; at most 20. */
  readonly worstPairs: readonly PairLoss[];
  /** The segments with the highest scores that share no area with a true one; at most 20. */
  readonly falseSegments: readonly RankedSegment[];
  /** Where the organisers' metric would fail or answer something else, a sentence each. */
  readonly warnings: readonly string[];
}

/** The score of the matches of a submission. */
export type MatchSubmissionScore = Scores<MatchScore>;
