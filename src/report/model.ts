import type { Finding } from '../errors.ts';
import type { Reproduction } from '../reproduction/reproduction.ts';
import type { SubmissionScore } from '../scoring/score.ts';

/** Version of the form below. A change that old readers would misread raises it. */
export const reportVersion = 1;

/**
 * What is known of one rehearsal: the content of `submission/report.json`, and all that
 * `submission/report.html` is made from. What is not known is absent, except where null says that
 * there is no such thing. Durations are seconds, sizes bytes. Every text may come from the
 * submission and be hostile; only the page makes it harmless.
 */
export interface ReportModel {
  readonly version: typeof reportVersion;
  /** The competition and its track, in words. */
  readonly track: string;
  readonly dataset: string;
  /** When the rehearsal began: ISO 8601, in UTC. */
  readonly startedAt: string;
  readonly verdict: Verdict;
  /** What the checks without Docker found: errors where the verdict is `invalid`, else warnings. */
  readonly findings: readonly Finding[];
  /** Absent where there is no ground truth, or nothing to score. */
  readonly score?: SubmissionScore;
  /** In the order in which they ran. */
  readonly stages: readonly Stage[];
  /** From the container's start to its end. */
  readonly containerSeconds?: number;
  /** Absent where `main.py` did not run. */
  readonly pace?: ReportPace;
  readonly memory?: Memory;
  readonly counts: Counts;
  /** Whether `main.py` makes the descriptors that were submitted. */
  readonly reproduction?: Reproduction;
  readonly settings: readonly SettingUsed[];
  readonly digests: readonly Digest[];
  readonly versions: readonly Version[];
  readonly log?: LogTail;
}

/** How it ended. `reason` is a sentence, `stage` the name of the stage that failed. */
export type Verdict =
  | { readonly kind: 'ok' }
  | {
      readonly kind: 'failed';
      readonly reason: string;
      readonly stage?: string;
      /** What to do next, most useful first. */
      readonly next?: readonly string[];
    }
  | { readonly kind: 'invalid'; readonly reason: string; readonly next?: readonly string[] };

/** A step of the run; `start` counts from the start of the first. */
export interface Stage {
  readonly name: string;
  /** In words, e.g. `run main.py`. */
  readonly label: string;
  readonly start: number;
  readonly seconds: number;
}

/** The time that `main.py` took for a query, and what the organisers' subset would take at that pace. */
export interface ReportPace {
  readonly secondsPerQuery: number;
  readonly limit: number;
  readonly projectedSeconds: number;
  readonly projectedQueries: number;
  readonly allowedSeconds: number;
}

/** Most memory used at once, and how much there was. */
export interface Memory {
  readonly peakBytes: number;
  readonly limitBytes?: number;
}

/** Numbers of vectors, of ranked video pairs, and of the subset's queries. */
export interface Counts {
  readonly queryDescriptors?: number;
  readonly referenceDescriptors?: number;
  readonly subsetDescriptors?: number;
  readonly fullPairs?: number;
  readonly subsetPairs?: number;
  readonly subsetQueries?: number;
}

/** A setting as it was for this run, and what set it: a flag, a variable or `default`. */
export interface SettingUsed {
  readonly name: string;
  readonly value: string;
  readonly source: string;
}

/** What exactly ran: `digest` is `sha256:` and hexadecimal, `detail` a name or a size. */
export interface Digest {
  readonly name: string;
  readonly digest: string;
  readonly detail?: string;
}

/** A program and its version. */
export interface Version {
  readonly name: string;
  readonly version: string;
}

/** The end of what the container printed, as it came; `complete` if that is all of it. */
export interface LogTail {
  readonly file: string;
  readonly text: string;
  readonly complete: boolean;
}
