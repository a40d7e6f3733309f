/** Reads a table of results chunk by chunk. */
export interface TableReader<Table> {
  /** Throws what the form's `fail` makes. */
  push(chunk: Uint8Array): void;
  /** All that was read. Throws as `push`. */
  end(): Table;
}

/** Makes the error for what is wrong with a file; the sentence names the file and the line. */
export type Fail = (message: string) => Error;

/** How the results of a track are read and scored. */
export interface Metric<Table, Truth, Score> {
  /** The names of both results inside a result archive. */
  readonly files: { readonly full: string; readonly subset: string };
  /** Reads a result of the archive, of which nothing may differ from its form. */
  reader(name: string, fail: Fail): TableReader<Table>;
  /** Reads results in a file of the user's, which may be written a little otherwise. */
  readFile(path: string, fail: Fail): Promise<Table>;
  /**
   * Reads a ground truth.
   * @param isWanted takes the rows of some queries only
   * @throws EnvironmentError naming the file, the line and what is wrong
   */
  readTruth(path: string, isWanted?: (query: string) => boolean): Promise<Truth>;
  /** Throws the signal's reason. */
  score(table: Table, truth: Truth, signal?: AbortSignal): Promise<Score>;
}

/** The score that the organisers would compute, for both results of a submission. */
export interface Scores<Score> {
  readonly full: Score;
  /** Against the subset's ground truth; undefined where there is none. */
  readonly subset?: Score;
}
