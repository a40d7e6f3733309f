import type { TruthFiles } from '../dataset/layout.ts';
import type { VideoKind } from '../dataset/metadata.ts';
import type { TruthNames } from '../dataset/truths.ts';
import type { Limits } from '../engine/port.ts';
import type { Pair } from '../frames/frames.ts';
import type { ImageNames } from '../image/choice.ts';
import type { SubmissionForm } from '../preflight/form.ts';
import type {
  MatchReproduction,
  Measured,
  NotCompared,
  Reproduction,
} from '../reproduction/reproduction.ts';
import type { MatchSubmissionScore, SubmissionScore } from '../scoring/score.ts';
import type { TrackName } from './names.ts';

/**
 * All that is particular to a track of the competition. What differs between tracks is asked of this,
 * and nothing else knows which track it is: another one is another constant of this kind.
 */
export interface Track extends ImageNames {
  readonly name: TrackName;
  /** The competition and the track, in words. */
  readonly title: string;
  /** Seconds that the entry point may take per query of the subset. */
  readonly secondsPerQuery: number;
  /** Queries of the subset that the organisers run: about a tenth of a set of about 8,000. */
  readonly officialSubsetQueries: number;
  /** Videos of a whole set, about. */
  readonly officialVideos: { readonly queries: number; readonly references: number };
  /** What is submitted beside the code, and what a run makes of it: `descriptors`, `rankings`. */
  readonly words: TrackWords;
  readonly submission: SubmissionForm;
  readonly run: TrackRun;
  readonly results: TrackResults;
  readonly templates: Templates;
  /** How the code makes what is submitted, for all videos of a dataset. */
  readonly description: Description;
}

/** What a track's things are called. */
export interface TrackWords {
  /** What is submitted beside the code: `descriptors`; as files: `both sets of descriptors`. */
  readonly submitted: string;
  readonly files: string;
  /** What a run makes of it: `rankings`. */
  readonly results: string;
  /** What the code does with the queries: `describes`. */
  readonly does: string;
}

/** What a run of the track is given, and what it makes. */
export interface TrackRun {
  /** What our images' runtime is told besides what to do. */
  readonly arguments: readonly string[];
  /** What the entry point has to write, in its working folder, and what it is called in a record. */
  readonly made: { readonly file: string; readonly role: 'subset_descriptors' | 'subset_matches' };
  /** Whether the scoring searches, which a GPU does faster; else it only checks and copies. */
  readonly searches: boolean;
  /** How far a run of that size may go. */
  bounds(size: RunSize): Promise<RunBounds>;
  /** What each stage of the image's runtime does, in words, by its name there. */
  readonly stages: Readonly<Record<string, string>>;
}

/** The videos that a run is about. */
export interface RunSize {
  /** Seconds by id. */
  readonly queryDurations: ReadonlyMap<string, number>;
  readonly referenceDurations: ReadonlyMap<string, number>;
  /** The ids of the subset's queries. */
  readonly subset: readonly string[];
  /** Of the engine's machine. */
  readonly cores: number;
  /** Whether the scoring gets a GPU. */
  readonly hasGpu: boolean;
}

/** What a run may use beside what its user allows the code. */
export interface RunBounds {
  /** The most that the entry point's output may take, in bytes. */
  readonly maxMadeBytes: number;
  /** What reading, checking and scoring the results may take, none of the code running. */
  readonly scoring: Limits;
}

/** How many results there are, under the names by which a report counts them. */
export interface ResultCounts {
  readonly fullPairs?: number;
  readonly subsetPairs?: number;
  readonly fullMatches?: number;
  readonly subsetMatches?: number;
}

/** What is made of what a run leaves. */
export interface TrackResults {
  readonly archive: string;
  /** The names of both results inside it. */
  readonly files: { readonly full: string; readonly subset: string };
  /** The columns of one, with commas. */
  readonly columns: string;
  /** What ranks submissions: for people, and for programs. */
  readonly metric: { readonly name: string; readonly column: string };
  /** What they are scored against. */
  readonly truth: TruthNames;
  /** Loads what counting and scoring need: it may be there before there are results. */
  loadAhead(): Promise<unknown>;
  /** @throws SubmissionFailed that says which file and line of the archive is wrong */
  count(archive: string, signal?: AbortSignal): Promise<ResultCounts>;
  /** As `scoreSubmission`. */
  score(archive: string, truth: TruthFiles, signal?: AbortSignal): Promise<Scored | undefined>;
  /** As `scoreAgainst`. */
  scoreAgainst(
    archive: string,
    groundTruth: string,
    querySubset: string,
    signal?: AbortSignal,
  ): Promise<Scored>;
  /** As `scoreFile`. */
  scoreFile(results: string, groundTruth: string, signal?: AbortSignal): Promise<Scored>;
  /** Whether the code makes what was submitted. */
  judge(run: RunToJudge, signal?: AbortSignal): Promise<Judged>;
}

/** What ships with `vsc` to begin with. */
export interface Templates {
  /** The folder of the package that the templates' folders are in. */
  readonly root: string;
  /** The same of the other tracks. */
  readonly otherRoots: readonly string[];
  /** What lies below those of the same name, as roots: the first one's files, the next one's over them. */
  readonly below: Readonly<Partial<Record<TemplateName, readonly string[]>>>;
  /** What of the folders is too large for git, or made again by a command. */
  readonly ignored: readonly string[];
  /**
   * Writes random results for all videos into a folder: valid ones, the same for everyone.
   * @param onFile is told the path of each file before it is written
   */
  writeRandom(
    folder: string,
    videos: DatasetVideos,
    onFile: (path: string) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** What is made with the code of the benchmark before it is packed, in this order. */
  readonly benchmark: readonly Description[];
}

/** The folders that there are templates of. */
export type TemplateName = 'submission_src' | 'submission_quickstart' | 'submission_benchmark';

/** All videos of a dataset: seconds by id. */
export interface DatasetVideos {
  readonly query: ReadonlyMap<string, number>;
  readonly reference: ReadonlyMap<string, number>;
}

/** What the code makes of all videos of a dataset, shard by shard, and how that is put together. */
export interface Description {
  /** Tells its shards from those of other descriptions by the same code; `''` for the usual one. */
  readonly suffix: string;
  /** The files to make, in the folder of the code, and the side of the dataset that each is of. */
  readonly files: readonly { readonly kind: VideoKind; readonly file: string }[];
  /** Files of that folder that are no code: those that are made, by this or by another description. */
  readonly notCode: readonly string[];
  /** What our images' runtime is told besides what to do. */
  readonly arguments: readonly string[];
  /** What the entry point writes for a shard. */
  readonly made: string;
  /** What that is counted in. */
  readonly unit: 'vectors' | 'matches';
  /** The most that it may take, in bytes. @param durations seconds by id */
  maxMadeBytes(durations: ReadonlyMap<string, number>): Promise<number>;
  /** How many there are. @throws InvalidSubmission where they are not valid; the signal's reason */
  count(path: string, videos: ShardVideos, signal: AbortSignal): Promise<number>;
  /** Writes those of all shards to `path`, in their order. @throws SubmissionFailed */
  merge(path: string, shards: readonly ShardFile[], signal: AbortSignal): Promise<void>;
}

/** The videos of a shard. */
export interface ShardVideos {
  readonly kind: VideoKind;
  /** Seconds by id: of the shard's own, and of all references. */
  readonly durations: ReadonlyMap<string, number>;
  readonly references: ReadonlyMap<string, number>;
}

/** What the code made for a shard, which is valid. */
export interface ShardFile {
  readonly name: string;
  readonly path: string;
  readonly count: number;
}

/** A score in all the forms in which it is told. */
export interface Scored {
  /** For programs. */
  readonly data: object;
  /** As a report has it, under the name of its kind. */
  readonly report: {
    readonly score?: SubmissionScore;
    readonly matchScore?: MatchSubmissionScore;
  };
  /** The figure that ranks submissions, of all queries and of the subset's. */
  readonly headline: { readonly full: number; readonly subset?: number };
  /** For people: the figures alone, and with what they come from. */
  readonly summary: readonly string[];
  readonly lines: readonly string[];
  /** What to show of the videos. */
  readonly pairs: readonly Pair[];
}

/** A run that went well, of which is asked whether the code makes what was submitted. */
export interface RunToJudge {
  readonly archive: string;
  /** What the image's runtime measured itself, if it does. */
  readonly measured: Measured | NotCompared | undefined;
  readonly hasCode: boolean;
  /** The ids of the subset's queries. */
  readonly subset: readonly string[];
}

/** The answer, in all the forms in which it is told. */
export interface Judged {
  /** For programs. */
  readonly data: { readonly verdict: string; readonly why?: string };
  /** As a report has it, under the name of its kind. */
  readonly report: {
    readonly reproduction?: Reproduction;
    readonly matchReproduction?: MatchReproduction;
  };
  /** For people. */
  readonly lines: readonly string[];
}
