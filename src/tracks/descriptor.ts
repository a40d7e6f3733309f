/**
 * What is particular to a competition track: names, files and limits. Every other room takes these
 * from here, so that another track is another constant.
 */
export interface Track {
  readonly title: string;
  readonly datasets: readonly string[];
  /** Repository of images built on this machine; the tag is `cpu-local`, `gpu-local`, `slim-local`. */
  readonly localRepository: string;
  /** Repository of the organisers' images; the tag is `cpu-latest` or `gpu-latest`. */
  readonly officialRepository: string;
  readonly entryPoint: string;
  readonly querySet: string;
  readonly referenceSet: string;
  /** What the entry point has to write. */
  readonly subsetSet: string;
  readonly resultArchive: string;
  readonly fullRankings: string;
  readonly subsetRankings: string;
  /** Dimensions a vector may have at most. */
  readonly maxDimensions: number;
  /** Kept video pairs per query video. */
  readonly pairsPerQuery: number;
  /** Seconds that the entry point may take per query of the subset. */
  readonly secondsPerQuery: number;
  /** Queries of the subset that the organisers run: about a tenth of a set of about 8,000. */
  readonly officialSubsetQueries: number;
}

/** Meta Video Similarity Challenge, descriptor track (VSC2022). */
export const descriptorTrack: Track = {
  title: 'Meta Video Similarity Challenge, descriptor track',
  datasets: ['train', 'test', 'phase2'],
  localRepository: 'meta-vsc-descriptor-runtime',
  officialRepository: 'metavsc.azurecr.io/meta-vsc-descriptor-runtime',
  entryPoint: 'main.py',
  querySet: 'query_descriptors.npz',
  referenceSet: 'reference_descriptors.npz',
  subsetSet: 'subset_query_descriptors.npz',
  resultArchive: 'submission.tar.gz',
  fullRankings: 'full_rankings.csv',
  subsetRankings: 'subset_rankings.csv',
  maxDimensions: 512,
  pairsPerQuery: 25,
  secondsPerQuery: 10,
  officialSubsetQueries: 800,
};
