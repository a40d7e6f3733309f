import { formatCount } from '../progress/format.ts';

/** Whether the code makes the submitted descriptors, and by how much it doesn't. */
export interface Reproduction extends Measured {
  readonly verdict: 'reproduces' | 'close' | 'differs';
  /** What keeps it from reproducing, in words; empty where it does. */
  readonly reasons: readonly string[];
}

/**
 * How the vectors that `main.py` made compare with the submitted ones of the same videos, measured
 * where they are scored, by what reads them there (`runtime/vsc_runtime/reproduction.py`).
 */
export interface Measured {
  /** Videos of the subset with vectors in both sets, or in one only. */
  readonly videos: {
    readonly both: number;
    readonly onlySubmitted: number;
    readonly onlyMade: number;
  };
  /** Their vectors, and those of them that are of the same moment. */
  readonly vectors: {
    readonly submitted: number;
    readonly made: number;
    readonly matched: number;
  };
  readonly dimensions: { readonly submitted: number; readonly made: number };
  /** Of the matched vectors; null where there are none. */
  readonly cosine: { readonly mean: number; readonly min: number } | null;
  /** Lengths of the made vectors ÷ those of the submitted ones. */
  readonly lengthRatio: { readonly min: number; readonly max: number } | null;
  /** Seconds. */
  readonly maxTimeDifference: number | null;
  /** The videos that agree least, worst first; at most ten, and none that agree. */
  readonly worstVideos: readonly VideoAgreement[];
}

/** Why there is nothing to compare. */
export interface NotCompared {
  readonly verdict: 'not compared';
  readonly why: string;
}

/** How one video compares. */
export interface VideoAgreement {
  readonly video: string;
  readonly submitted: number;
  readonly made: number;
  readonly matched: number;
  /** Of the matched vectors; null where there are none. */
  readonly meanCosine: number | null;
  /** Sum of the cosines ÷ the greater of both numbers: 1 is full agreement. */
  readonly agreement: number;
}

/** Whether the code makes the submitted matches, and by how much it doesn't. */
export interface MatchReproduction extends MeasuredMatches {
  readonly verdict: Reproduction['verdict'];
  /** What keeps it from reproducing, in words; empty where it does. */
  readonly reasons: readonly string[];
}

/** How the matches that `main.py` made compare with the submitted ones of the same queries. */
export interface MeasuredMatches {
  /** Queries of the subset with segments in both sets, or in one only. */
  readonly queries: {
    readonly both: number;
    readonly onlySubmitted: number;
    readonly onlyMade: number;
  };
  /**
   * Their segments; those that are equal or overlap, each with one of the other set; and of those the
   * ones whose times, and whose scores, are others than rounding allows.
   */
  readonly segments: {
    readonly submitted: number;
    readonly made: number;
    readonly paired: number;
    readonly moved: number;
    readonly rescored: number;
  };
  /** Intersection over union of the paired segments, query time times reference time; null without any. */
  readonly overlap: { readonly mean: number; readonly min: number } | null;
  /** Of any end, in seconds. */
  readonly maxTimeDifference: number | null;
  readonly maxScoreDifference: number | null;
  /** Of any two paired segments, the share that both sets score in the same order; null below two. */
  readonly sameOrder: number | null;
  /** Pairs of videos with too many segments to compare each with each: more may be paired. */
  readonly crowded: number;
  /** The queries that agree least, worst first; at most ten, and none that agree. */
  readonly worstQueries: readonly QueryAgreement[];
}

/** How the matches of one query compare. */
export interface QueryAgreement {
  readonly query: string;
  readonly submitted: number;
  readonly made: number;
  readonly paired: number;
  /** Of the paired segments; null where there are none. */
  readonly meanOverlap: number | null;
  readonly maxScoreDifference: number | null;
  /** Sum of the overlaps ÷ the greater of both numbers: 1 is full agreement of the times. */
  readonly agreement: number;
}

/** How many of the worst videos are printed. */
const ROWS = 5;

/** Whether the code makes the descriptors, for people, or why nobody knows. */
export function reproductionLines(reproduction: Reproduction | NotCompared): string[] {
  if (reproduction.verdict === 'not compared') return notComparedLines('descriptors', reproduction);
  const { verdict, worstVideos, vectors, videos } = reproduction;
  if (verdict === 'reproduces') {
    const both = `${formatCount(videos.both)} video${videos.both === 1 ? '' : 's'}`;
    const count = `${formatCount(vectors.matched)} vectors of ${both}`;
    return [`main.py reproduces the submitted descriptors (${count}).`];
  }
  const worst = worstVideos.map(
    ({ video, submitted, made, meanCosine }) =>
      `${video}: ${bothCounts(submitted, made)}${meanCosine === null ? '' : `, cosine ${meanCosine.toFixed(4)}`}`,
  );
  return differenceLines('descriptors', reproduction, worst);
}

/** Whether the code makes the matches, for people, or why nobody knows. */
export function matchReproductionLines(reproduction: MatchReproduction | NotCompared): string[] {
  if (reproduction.verdict === 'not compared') return notComparedLines('matches', reproduction);
  const { verdict, segments, queries, worstQueries } = reproduction;
  if (verdict === 'reproduces') {
    if (segments.made === 0) return [noMatches];
    const count = `${formatCount(segments.paired)} segment${segments.paired === 1 ? '' : 's'}`;
    const both = queries.both === 1 ? '1 query' : `${formatCount(queries.both)} queries`;
    return [`main.py reproduces the submitted matches (${count} of ${both}).`];
  }
  return differenceLines('matches', reproduction, worstQueries.map(queryWords));
}

/** What is told where there is nothing to compare. */
export const noMatches =
  "Of the subset's queries no match is submitted, and main.py makes none: there is nothing to compare.";

function queryWords(agreement: QueryAgreement): string {
  const { query, submitted, made, paired, meanOverlap, maxScoreDifference } = agreement;
  const alike =
    meanOverlap === null || maxScoreDifference === null
      ? ''
      : `, ${formatCount(paired)} paired, overlap ${meanOverlap.toFixed(4)}, scores up to ${maxScoreDifference.toPrecision(2)} apart`;
  return `${query}: ${bothCounts(submitted, made)}${alike}`;
}

function bothCounts(submitted: number, made: number): string {
  return `${formatCount(submitted)} submitted, ${formatCount(made)} made`;
}

function notComparedLines(what: string, { why }: NotCompared): string[] {
  return [`Whether main.py makes the submitted ${what} is not known: ${why}.`];
}

function differenceLines(
  what: string,
  { verdict, reasons }: Pick<Reproduction, 'verdict' | 'reasons'>,
  worst: readonly string[],
): string[] {
  const lead =
    verdict === 'close'
      ? `main.py comes close to the submitted ${what}:`
      : `main.py does not make the submitted ${what}: the subset's score will not be the full set's.`;
  return [lead, ...[...reasons, ...worst.slice(0, ROWS)].map((line) => `  ${line}`)];
}
