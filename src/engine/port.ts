/**
 * The container engine in our own words. The rooms know this page only; `docker.ts` is what stands
 * behind it. Whatever the engine says comes back as a value below or as a typed error of `errors.ts`.
 */

import type { Readable } from 'node:stream';
import type { Secret } from './secret.ts';

/** Every image and container of the competition is for this platform. */
export const platform = 'linux/amd64';

/** The engine that answered. */
export interface EngineInfo {
  /** Where it is and how that was found, e.g. `unix:///var/run/docker.sock (default)`. */
  readonly endpoint: string;
  readonly version: string;
  readonly apiVersion: string;
  /** `Docker` or `Podman`. */
  readonly product: string;
  /** Whether it may be on another machine, which has not our files. */
  readonly remote: boolean;
}

/** An image that the engine has. */
export interface Image {
  /** `sha256:…` of the image's configuration. */
  readonly id: string;
  readonly tags: readonly string[];
  /** `name@sha256:…`, for images that came from a registry. */
  readonly digests: readonly string[];
  readonly bytes: number;
  readonly labels: Readonly<Record<string, string>>;
  /** When it was built; only of an image that was asked for by name. */
  readonly created?: Date;
}

/** A folder with a Dockerfile to be made into an image. */
export interface BuildRequest {
  readonly dockerfile: string;
  readonly tag: string;
  readonly arguments: Readonly<Record<string, string>>;
  /** Beside those of the Dockerfile. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** A file or folder of this machine as the container sees it. */
export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

/** What a container may use at most. */
export interface Limits {
  /** Memory and swap together, in bytes. */
  readonly memoryBytes?: number;
  /** Cores, e.g. 1.5. */
  readonly cpus?: number;
  /** Processes and threads together. */
  readonly pids?: number;
  /** What it may write outside its mounts, in bytes: any one file, and all of it, looked at every few seconds. */
  readonly diskBytes?: number;
  /** Seconds by the clock on the wall. */
  readonly seconds?: number;
}

/** Which GPUs of the machine a container gets: some by their numbers or their UUIDs, as NVIDIA tells them. */
export type Gpus = 'all' | 'none' | readonly string[];

/** Everything that decides how a container runs: data, so that it can be shown and tested. */
export interface RunPlan {
  readonly name: string;
  readonly image: string;
  /** What the image's entrypoint is given; none for the image's default. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string | Secret>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
  readonly network: 'none' | 'default';
  readonly gpus: Gpus;
  /** Size of /dev/shm in bytes. */
  readonly shmBytes: number;
  /** A small process 1 that passes signals on and reaps orphans, where the engine has one. */
  readonly init: boolean;
  /** `uid:gid` inside the container; the image's own user where there is none. */
  readonly user?: string;
  /** No capabilities, and no way to gain any. */
  readonly unprivileged: boolean;
  /** It is handed something on its standard input once it runs; else it has none. */
  readonly readsInput?: true;
  readonly limits: Limits;
}

/** The files of a container that does not run: not yet, or no more. */
export interface ContainerFiles {
  /** Size in bytes, time of change in milliseconds since 1970; undefined where nothing is. */
  stat(path: string): Promise<{ readonly bytes: number; readonly modified: number } | undefined>;
  /** Unpacks a tar into a folder that is there. */
  put(folder: string, tar: Readable): Promise<void>;
  /** A tar of what is at `path`, or undefined where nothing is. */
  get(path: string): Promise<Readable | undefined>;
}

/** What any container needs besides its plan. */
export interface ContainerIO {
  /** Stops and removes the container. */
  readonly signal: AbortSignal;
  /** What the engine does otherwise than the plan says, for the user; once for all containers. */
  readonly onNote?: (message: string) => void;
  /** Before the start; again, if the engine has to be asked for another container after all. */
  readonly onCreated?: (files: ContainerFiles) => Promise<void>;
}

/** What a run needs besides its plan. */
export interface RunIO extends ContainerIO {
  /** Its first process has been started. */
  readonly onStarted?: () => void;
  /** Takes stdout and stderr as they come; the engine is read no faster than this settles. */
  readonly onOutput: (chunk: Uint8Array, source: 'stdout' | 'stderr') => Promise<void>;
  /**
   * Of a plan that reads input: gives it, once the container runs. Its limits begin with that. The input has
   * to say itself where it ends.
   */
  readonly input?: () => Promise<AsyncIterable<Uint8Array>>;
  /** After the end, before the container is removed; not of one that was killed from outside. */
  readonly onExited?: (files: ContainerFiles, outcome: RunOutcome) => Promise<void>;
}

/**
 * Why a container was stopped: for its limits; `diskHidden` for what it had written without leaving it in
 * files that can be found; `diskUnmeasured` where it had seen to it that nobody could tell.
 */
export type StopReason = 'seconds' | 'diskBytes' | 'diskHidden' | 'diskUnmeasured';

/** How a container ended. */
export interface RunOutcome {
  readonly exitCode: number;
  readonly outOfMemory: boolean;
  /** The limit for which it was stopped from here. */
  readonly stoppedFor?: StopReason;
  /** The signal that somebody else had the engine send it, if any: 9 for `docker kill`. */
  readonly killedFromOutside?: number;
  /**
   * From the start of the container's process, or from when it was handed its input, to its end, in
   * seconds, by the engine's clock.
   */
  readonly seconds: number;
  /** The engine's disk was full at the end, with less written than was allowed. */
  readonly engineDiskFull?: true;
  /** Most memory used at once, in bytes, if the engine could be asked before the end. */
  readonly peakMemoryBytes?: number;
  /** What the plan asked for and the engine could not give: `init`. Never a protection. */
  readonly without?: readonly string[];
}

/** A terminal that a person sits at. */
export interface Terminal {
  /** Undefined where the terminal does not know. */
  size(): { readonly columns: number | undefined; readonly rows: number | undefined };
  /** Calls back on every change of the size; returns what stops that. */
  onResize(listener: () => void): () => void;
  /** From now on keys come as they are typed, Ctrl-C among them; returns what gives them back. */
  takeKeys(): () => void;
}

/** Input and output of whoever uses a container: a person, or a pipe. */
export interface InteractiveStreams {
  readonly input: Readable;
  /** Takes output as it comes; the engine is read no faster than this settles. */
  readonly onOutput: (chunk: Uint8Array, source: 'stdout' | 'stderr') => Promise<void>;
  /** Only where input and output are both a terminal; then the container gets one too. */
  readonly terminal?: Terminal;
}

/** What a container that is talked to needs besides its plan. */
export interface InteractIO extends InteractiveStreams, ContainerIO {}

/** How an engine is set up, as far as `vsc` has to know. */
export interface EngineSetup {
  /** The processor that the engine runs on, in Docker's words: `amd64`, `arm64`, … */
  readonly architecture: string;
  /** What its containers run: `linux` or `windows`. */
  readonly os: string;
  /** How many cores its containers have. */
  readonly cores: number;
  /** The folder that it keeps images in, on its own machine. */
  readonly dataRoot: string;
  /** Names of the OCI runtimes that it knows, e.g. `runc`, `nvidia`. */
  readonly runtimes: readonly string[];
  readonly defaultRuntime: string;
  /** Folders where it looks for CDI specifications; none where CDI is switched off. */
  readonly cdiFolders: readonly string[];
  /** Ids of the CDI devices that it found, e.g. `nvidia.com/gpu=all`; engines before 28.2 don't tell. */
  readonly cdiDevices: readonly string[];
}

/** How to log in to a registry. */
export interface RegistryLogin {
  /** The registry, as the engine is to name it. */
  readonly serverAddress: string;
  readonly username?: string;
  readonly password?: string;
  /** In place of a password, where the registry has given one out. */
  readonly identityToken?: string;
  /** Where it was found, for people. */
  readonly source: string;
}

/** What a pull tells of one layer. */
export interface LayerProgress {
  /** Short id of the layer, e.g. `9c91528e49b0`. */
  readonly layer: string;
  readonly state:
    | 'waiting'
    | 'downloading'
    | 'downloaded'
    | 'extracting'
    | 'done'
    /** The engine has had it from before. */
    | 'present'
    /** The download broke off, and the engine will try again. */
    | 'retrying';
  /** Bytes downloaded or extracted; the state says which. */
  readonly completed?: number;
  /** Known only once the layer downloads, and on some engines never. */
  readonly total?: number;
}

/** What a pull needs besides the image's name. */
export interface PullIO {
  /** Asked only if the registry (`metavsc.azurecr.io`, `docker.io`) refuses to serve just anybody. */
  readonly login: (registry: string) => Promise<RegistryLogin | undefined>;
  readonly onLayer: (progress: LayerProgress) => void;
  /** What the engine has to say beyond that, e.g. that the image is for another processor. */
  readonly onWarning: (message: string) => void;
  readonly signal: AbortSignal;
}

/** A container that is there, running or not. */
export interface ContainerFacts {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ContainerEngine {
  /** @throws EngineUnreachable */
  info(): Promise<EngineInfo>;
  /** The image of that name, id or digest, or undefined where the engine has none. */
  findImage(name: string): Promise<Image | undefined>;
  /** The images of these repositories, e.g. `meta-vsc-descriptor-runtime`. */
  listImages(repositories: readonly string[]): Promise<readonly Image[]>;
  /** Builds from a tar of the folder; `onLog` gets what the build prints. @throws BuildFailed */
  build(
    request: BuildRequest,
    context: Readable,
    onLog: (text: string) => void,
    signal: AbortSignal,
  ): Promise<Image>;
  /**
   * Creates, attaches, starts, waits and removes, whatever happens in between.
   * @throws the reason of `io.signal` when it is aborted; the container is gone by then.
   */
  run(plan: RunPlan, io: RunIO): Promise<RunOutcome>;
  /** The containers with this label, whatever its value. */
  listContainers(label: string): Promise<readonly ContainerFacts[]>;
  /** Asks a container to end, and ends it after so many seconds; one that does not run is fine. */
  stopContainer(id: string, graceSeconds: number): Promise<void>;
  /** Stops and removes a container; one that is gone already is fine. */
  removeContainer(id: string): Promise<void>;
  /**
   * As `run`, with someone to talk to: returns the exit code. The end of the input is passed on too.
   * @throws the reason of `io.signal` when it is aborted; the container is gone by then.
   */
  interact(plan: RunPlan, io: InteractIO): Promise<number>;
  /**
   * Pulls `name` for `platform`: without a login, and with one where the registry asks for it.
   * @throws RegistryUnreachable, ImageNotFound, AccessDenied, EngineDiskFull
   */
  pull(name: string, io: PullIO): Promise<Image>;
  /** A tar of an image, in the form of `docker save`. */
  saveImage(id: string): Promise<Readable>;
  /** Takes the images of such a tar. @throws EnvironmentError; the signal's reason */
  loadImages(tar: Readable, signal: AbortSignal): Promise<void>;
  /** @throws EngineUnreachable */
  setup(): Promise<EngineSetup>;
}
