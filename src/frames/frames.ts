import type { MatchScore, PairLoss, RankingScore, SegmentTimes } from '../scoring/score.ts';

/** One of two videos at a moment. */
export interface Moment {
  /** From the video's start; null where that is not known. */
  readonly seconds: number | null;
  /** A small picture, in Base64; absent where there is none. */
  readonly jpeg?: string;
  /** Why there is none, in a few words. */
  readonly problem?: string;
}

/**
 * A pair of videos where they are most similar by the submitted descriptors, or where one of their
 * segments begins or ends.
 */
export interface PairMoment {
  readonly query: string;
  readonly reference: string;
  /** The inner product of the two vectors; null for a segment. */
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
  /** When to look at each; absent for where they are most similar. */
  readonly seconds?: { readonly query: number; readonly reference: number };
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

/**
 * Where the segments of a score begin and end that want a look, each once: of the pairs that cost most
 * the one that {@link segmentToShow} chooses, and the false segments.
 */
export function segmentsToShow({ worstPairs, falseSegments }: MatchScore): Pair[] {
  const pairs = new Map<string, Pair>();
  const chosen = worstPairs.flatMap((pair) => {
    const segment = segmentToShow(pair);
    return segment === undefined ? [] : [{ ...pair, ...segment }];
  });
  for (const { query, reference, ...segment } of [...chosen, ...falseSegments]) {
    for (const seconds of endsOf(segment)) {
      const key = `${query} ${reference} ${seconds.query} ${seconds.reference}`;
      pairs.set(key, { query, reference, seconds });
    }
  }
  return [...pairs.values()];
}

/** The longest of a pair's true segments; where there is none, its best prediction. */
export function segmentToShow({ truth, predicted }: PairLoss): SegmentTimes | undefined {
  const length = ({ queryStart, queryEnd }: SegmentTimes) => queryEnd - queryStart;
  const longest = Math.max(...truth.map(length));
  return truth.find((segment) => length(segment) === longest) ?? predicted[0];
}

/** The two moments at which a segment begins and ends. */
export function endsOf(segment: SegmentTimes) {
  const { queryStart, queryEnd, referenceStart, referenceEnd } = segment;
  return [
    { query: queryStart, reference: referenceStart },
    { query: queryEnd, reference: referenceEnd },
  ] as const;
}
