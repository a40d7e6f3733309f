/** What a ground truth of the competition is called. */
export interface TruthNames {
  /** In `data/<dataset>`, and also in `competition_data/<dataset>`. */
  readonly full: string;
  /** What of it is the subset's, in `data/<dataset>`. */
  readonly subset: string;
  /** In downloads, after the dataset's name and `_`. */
  readonly download: string;
}

/** Which query has copied from which reference. */
export const truePairs: TruthNames = {
  full: 'ground_truth.csv',
  subset: 'subset_ground_truth.csv',
  download: 'descriptor_ground_truth.csv',
};

/** Which stretch of a query was copied from which stretch of a reference. */
export const trueSegments: TruthNames = {
  full: 'matching_ground_truth.csv',
  subset: 'subset_matching_ground_truth.csv',
  download: 'matching_ground_truth.csv',
};

/** All that a dataset may have. */
export const groundTruths: readonly TruthNames[] = [truePairs, trueSegments];

/** What a ground truth may be called in `competition_data/<dataset>`, the first choice first. */
export function truthNamesIn({ full, download }: TruthNames, dataset: string): readonly string[] {
  return [...new Set([full, `${dataset}_${full}`, `${dataset}_${download}`])];
}
