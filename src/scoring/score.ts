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
