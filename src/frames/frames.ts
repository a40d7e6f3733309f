import type { RankingScore } from '../scoring/score.ts';

/** One of two videos at the moment at which they are most similar. */
export interface Moment {
  /** From the video's start; null where that is not known. */
  readonly seconds: number | null;
  /** A small picture, in Base64; absent where there is none. */
  readonly jpeg?: string;
  /** Why there is none, in a few words. */
  readonly problem?: string;
}

/** A pair of videos where they are most similar by the submitted descriptors. */
export interface PairMoment {
  readonly query: string;
  readonly reference: string;
  /** The inner product of the two vectors. */
  readonly similarity: number | null;
  readonly queryMoment: Moment;
  readonly referenceMoment: Moment;
}

/** What the pairs that a score is about look like. */
export interface Frames {
  readonly pairs: readonly PairMoment[];
  /** What is missing, and why, a sentence each. */
  readonly notes: readonly string[];
}

/** A query and a reference. */
export interface Pair {
  readonly query: string;
  readonly reference: string;
}

/**
 * The pairs that want a look, each once: the false ones that are ranked first, and of the worst
 * queries the true one that was found best.
 */
export function pairsToShow({ topFalsePairs, worstQueries }: RankingScore): Pair[] {
  const pairs = new Map<string, Pair>();
  for (const { query, reference } of [...topFalsePairs, ...worstQueries]) {
    if (reference !== undefined) pairs.set(`${query} ${reference}`, { query, reference });
  }
  return [...pairs.values()];
}
