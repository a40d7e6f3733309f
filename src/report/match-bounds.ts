/** Most of what a report has of a score of matches. */
export const matchBounds = {
  /** Points of its curve. */
  points: 300,
  /** Pairs, false segments and warnings. */
  listed: 20,
  /** Segments of a pair, in the ground truth and predicted. */
  segments: 50,
} as const;
