/** Whether the code makes the submitted descriptors, and by how much it doesn't. */
export interface Reproduction {
  readonly verdict: 'reproduces' | 'close' | 'differs';
  /** What keeps it from reproducing, in words; empty where it does. */
  readonly reasons: readonly string[];
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
