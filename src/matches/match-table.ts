/** Segments of queries and of references that match, column by column; times in seconds. */
export interface MatchTable {
  /** Number of segments; the columns are as long. */
  readonly length: number;
  /** Place in `query` and `reference` by id. */
  readonly queries: ReadonlyMap<string, number>;
  readonly references: ReadonlyMap<string, number>;
  readonly query: Uint32Array;
  readonly reference: Uint32Array;
  readonly queryStart: Float64Array;
  readonly queryEnd: Float64Array;
  readonly referenceStart: Float64Array;
  readonly referenceEnd: Float64Array;
  /** Finite; in a ground truth all the same. */
  readonly score: Float64Array;
}
