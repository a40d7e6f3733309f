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

/** How many of the worst videos are printed. */
const ROWS = 5;

/** Whether the code makes the descriptors, for people, or why nobody knows. */
export function reproductionLines(reproduction: Reproduction | NotCompared): string[] {
  if (reproduction.verdict === 'not compared') {
    return [`Whether main.py makes the submitted descriptors is not known: ${reproduction.why}.`];
  }
  const { verdict, reasons, worstVideos, vectors, videos } = reproduction;
  if (verdict === 'reproduces') {
    const both = `${formatCount(videos.both)} video${videos.both === 1 ? '' : 's'}`;
    const count = `${formatCount(vectors.matched)} vectors of ${both}`;
    return [`main.py reproduces the submitted descriptors (${count}).`];
  }
  const lead =
    verdict === 'close'
      ? 'main.py comes close to the submitted descriptors:'
      : "main.py does not make the submitted descriptors: the subset's score will not be the full set's.";
  return [
    lead,
    ...reasons.map((reason) => `  ${reason}`),
    ...worstVideos
      .slice(0, ROWS)
      .map(
        ({ video, submitted, made, meanCosine }) =>
          `  ${video}: ${submitted} submitted, ${made} made${meanCosine === null ? '' : `, cosine ${meanCosine.toFixed(4)}`}`,
      ),
  ];
}
