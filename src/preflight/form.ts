import type { Finding } from '../errors.ts';
import type { SubmissionFile } from './open-submission.ts';

/** What a submission is held against, beside its form. */
export interface KnownVideos {
  /** Seconds by id: the dataset's query metadata. */
  readonly queryDurations: ReadonlyMap<string, number>;
  readonly referenceDurations: ReadonlyMap<string, number>;
}

/** How thoroughly a track's files are looked at. */
export interface Thoroughness {
  /** Read all values, for NaN, infinity and damage. */
  readonly scanFinite: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** The files of a submission that can be read, by their names from the root. */
export type ReadableFiles = ReadonlyMap<string, SubmissionFile>;

/** How much is in a file of a submission that has been found valid. */
export interface FileNumbers {
  readonly file: string;
  /** In words, e.g. `2,500 vectors of 16 dimensions, 100 videos`. */
  readonly text: string;
  readonly numbers: Readonly<Record<string, number>>;
}

/** What a submission of a track consists of, and the track's own checks of it. */
export interface SubmissionForm {
  /** The code, at the root of the zip. */
  readonly entryPoint: string;
  /** What stands beside it. */
  readonly files: readonly string[];
  /** What the metadata are needed for, to begin a sentence with. */
  readonly needsMetadata: string;
  /** What comes of a submission without code, to end a sentence with. */
  readonly withoutCode: string;
  /**
   * All that is wrong with those of `files` that are there, each by itself and together. Throws the
   * signal's reason and the system's errors.
   */
  check(files: ReadableFiles, videos: KnownVideos, how: Thoroughness): Promise<readonly Finding[]>;
  /**
   * Writes a zip with what of the files is about some queries, enough to compare with what the code makes; not there
   * where the whole is as quick. Gives false where that can't be taken from them. Throws MalformedFile and the
   * signal's reason.
   */
  excerpt?(
    files: ReadableFiles,
    queries: ReadonlySet<string>,
    zip: string,
    signal: AbortSignal,
  ): Promise<boolean>;
  /** Throws MalformedFile where a file was changed since it was checked. */
  count(files: ReadableFiles, signal: AbortSignal): Promise<readonly FileNumbers[]>;
}
