import type { PreparedData } from '../dataset/require-data.ts';
import type { ContainerOwner } from '../engine/container-labels.ts';
import type { ContainerEngine, Gpus, Limits } from '../engine/port.ts';
import type { Variables } from '../engine/secret.ts';
import type { Finding } from '../errors.ts';
import type { ImageChoice, ImageOptions } from '../image/choice.ts';
import type { NvidiaSmi } from '../image/gpu.ts';
import type { Reporter } from '../progress/events.ts';
import type { Project } from '../project.ts';
import type { FileRole, RecordedSetting } from '../provenance/provenance.ts';
import type { Track } from '../tracks/track.ts';
import type { RunLimits } from './limits.ts';
import type { StageFile, StagePlan } from './stages.ts';

/** What is asked of any container that gets the data. */
export interface RunOptions {
  readonly project: Project;
  readonly track: Track;
  readonly dataset: string;
  readonly image: ImageOptions;
  readonly skipGpu: boolean;
  readonly blockInternet: boolean;
}

/** What a rehearsal is asked to do. */
export interface RehearsalRequest extends RunOptions {
  readonly phase2: boolean;
  readonly limits: RunLimits;
  /** Allow the organisers' seconds per query, and no more. */
  readonly officialLimits: boolean;
  readonly skipPreflight: boolean;
  /** The user asked for the GPU, and the machine did not just happen to have one. */
  readonly gpuAsked: boolean;
  /** Leave the run's folder, and what can be had of the container, if the run fails. */
  readonly keep?: boolean;
  /** It is about so many queries of the subset's only, and no full rehearsal. */
  readonly smoke?: { readonly queries: number; readonly of: number };
  /** The settings that have a say in a run, for its record. */
  readonly settings: readonly RecordedSetting[];
}

/** What of this machine's and its user's own the containers with the code are given; no file says it. */
export interface Lent {
  /** The GPUs that a container may have which wants any; all of them where it is not said. */
  readonly gpus?: Gpus;
  /** Never for a container that only scores. */
  readonly variables?: Variables;
}

/** What a rehearsal may touch of the world. */
export interface RehearsalWorld extends Lent {
  /** Connects on the first call. @throws EngineUnreachable */
  readonly engine: () => Promise<ContainerEngine>;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** This process and machine, for the labels of containers. */
  readonly owner: ContainerOwner;
  readonly isAlive: (pid: number) => boolean;
  /** `nvidia-smi`, or undefined where the PATH has none. */
  readonly nvidiaSmi: () => Promise<NvidiaSmi | undefined>;
  readonly versions: { readonly vsc: string; readonly node: string; readonly platform: string };
  /** The user's home folder, which no record names. */
  readonly home: string;
}

/** A file that the run is given, or leaves. */
export interface RunFile {
  readonly role: FileRole;
  /** Absolute. */
  readonly path: string;
}

/** A rehearsal that is ready to go: all that the run needs, and its stages as data. */
export interface Prepared {
  readonly request: RehearsalRequest;
  /** Tells this run from any other. */
  readonly id: string;
  readonly choice: ImageChoice;
  readonly data: PreparedData;
  /** What the checks without Docker warned of; none where they were skipped. */
  readonly warnings: readonly Finding[];
  readonly limits: RunLimits;
  /** Of what reads the submitted sets and runs none of the code. */
  readonly scoringLimits: Limits;
  readonly work: WorkFolder;
  /** What is scored: the submission, or the excerpt of it that is to be in the work folder. */
  readonly scoredZip: string;
  readonly stages: readonly StagePlan[];
  /** What the code made, to be taken out of a container that failed. */
  readonly rescue?: StageFile;
  readonly inputs: readonly RunFile[];
}

/** Where a run keeps its results until they are whole, so that two runs in a project stay apart. */
export interface WorkFolder {
  readonly folder: string;
  /** For what the report shows of the videos. */
  readonly frames: string;
  readonly archive: string;
  /** What main.py made for the subset. */
  readonly made: string;
  /** The same, of code that failed. */
  readonly rescued: string;
  /** What of the submission a smoke test is about. */
  readonly excerpt: string;
  readonly provenance: string;
  readonly report: string;
  readonly reportPage: string;
}
