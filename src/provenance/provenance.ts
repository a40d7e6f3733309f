import type { EngineInfo, Limits } from '../engine/port.ts';
import type { Digest, RankingDigest } from './digests.ts';

/** Version of the form below. A change that old readers would misread raises it. */
export const provenanceVersion = 1;

/** What a file was to the run. Every role but `video` is there once or not at all. */
export const fileRoles = [
  'submission',
  'query_metadata',
  'reference_metadata',
  'query_subset',
  'ground_truth',
  'subset_ground_truth',
  'video',
  'subset_descriptors',
  'log',
  'result_archive',
] as const;

export type FileRole = (typeof fileRoles)[number];

/** Without these a record says nothing of a run. */
export const neededRoles: readonly FileRole[] = [
  'submission',
  'query_metadata',
  'reference_metadata',
  'query_subset',
];

/** A file that the run used or made. */
export interface RecordedFile extends Digest {
  readonly role: FileRole;
  /** Relative to the project directory, with `/` between folders. */
  readonly path: string;
}

/** A container as it was asked for, without this machine's paths and names. */
export interface RecordedContainer {
  /** None for the image's own. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly user: string | null;
  readonly unprivileged: boolean;
  readonly network: string;
  readonly gpus: string;
  readonly shmBytes: number;
  readonly limits: Limits;
  /** What it was given to read: `source` relative to the project directory. */
  readonly inputs: ReadonlyArray<{ readonly source: string; readonly target: string }>;
  /** What the engine could not give it and it ran without: `init`. Absent where that is nothing. */
  readonly without?: readonly string[];
}

/**
 * What exactly ran, on what, and what came out: the content of `submission/provenance.json`, as
 * `docs/provenance.md` describes it. Sizes are bytes, durations seconds, times ISO 8601 in UTC.
 */
export interface Provenance {
  readonly format: 'vsc-provenance';
  readonly version: typeof provenanceVersion;
  readonly outcome: 'succeeded' | 'failed';
  /** Why it failed, in a sentence; null where it did not. */
  readonly failure: string | null;
  /** The competition and its track, in words. */
  readonly track: string;
  readonly dataset: string;
  /** Tells this run from any other. */
  readonly run: string;
  readonly times: {
    readonly started: string;
    readonly finished: string;
    /** Null, and no stages, where the run failed or its image does not tell. */
    readonly containerSeconds: number | null;
    readonly stages: ReadonlyArray<{ readonly name: string; readonly seconds: number }>;
  };
  readonly versions: {
    readonly vsc: string;
    readonly node: string;
    readonly platform: string;
    readonly engine: { readonly product: string; readonly version: string; readonly api: string };
    /** As the image's runtime tells: python, numpy, faiss, vsc_runtime. */
    readonly runtime: Readonly<Record<string, string>>;
  };
  readonly image: {
    readonly name: string;
    readonly id: string;
    readonly repoDigests: readonly string[];
    readonly labels: Readonly<Record<string, string>>;
    readonly kind: 'named' | 'local' | 'official' | 'slim';
    readonly why: string;
  };
  readonly settings: ReadonlyArray<RecordedSetting>;
  readonly preflight: 'passed' | 'skipped';
  readonly limits: Limits & { readonly logBytes: number };
  readonly containers: readonly RecordedContainer[];
  readonly counts: {
    readonly subsetQueries: number;
    /** Those of them whose video was not there. */
    readonly absentVideos: number;
    /** As the image's runtime counted: descriptors, videos, pairs. */
    readonly runtime: Readonly<Record<string, number>>;
  };
  readonly files: readonly RecordedFile[];
  /** Inside the result archive; none where the run failed. */
  readonly rankings: readonly RankingDigest[];
}

/** A setting and what set it: a flag, a variable or `default`. */
export interface RecordedSetting {
  readonly name: string;
  readonly value: string;
  readonly source: string;
}

/** An engine as it is recorded: not where it is, which may name a user or a host. */
export function recordedEngine({ product, version, apiVersion }: EngineInfo) {
  return { product, version, api: apiVersion };
}
