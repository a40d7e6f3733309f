/**
 * The container engine in our own words. The rooms know this page only; `docker.ts` is what stands
 * behind it. Whatever the engine says comes back as a value below or as a typed error of `errors.ts`.
 */

import type { Readable } from 'node:stream';

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
}

/** A folder with a Dockerfile to be made into an image. */
export interface BuildRequest {
  readonly dockerfile: string;
  readonly tag: string;
  readonly arguments: Readonly<Record<string, string>>;
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
  /** What it may write outside its mounts, in bytes; no single file can be larger either. */
  readonly diskBytes?: number;
  /** Seconds by the clock on the wall. */
  readonly seconds?: number;
}

/** Everything that decides how a container runs: data, so that it can be shown and tested. */
export interface RunPlan {
  readonly name: string;
  readonly image: string;
  /** What the image's entrypoint is given; none for the image's default. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
  readonly network: 'none' | 'default';
  readonly gpus: 'all' | 'none';
  /** Size of /dev/shm in bytes. */
  readonly shmBytes: number;
  /** A small process 1 that passes signals on and reaps orphans. */
  readonly init: boolean;
  /** `uid:gid` inside the container; the image's own user where there is none. */
  readonly user?: string;
  /** No capabilities, and no way to gain any. */
  readonly unprivileged: boolean;
  readonly limits: Limits;
}

/** What a path inside a container is. */
export interface FileFacts {
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

/** The files of a container that does not run: not yet, or no more. */
export interface ContainerFiles {
  stat(path: string): Promise<FileFacts | undefined>;
  /** Unpacks a tar into a folder that is there. */
  put(folder: string, tar: Readable): Promise<void>;
  /** A tar of what is at `path`, or undefined where nothing is. */
  get(path: string): Promise<Readable | undefined>;
}

/** What a run needs besides its plan. */
export interface RunIO {
  /** Takes stdout and stderr as they come; the engine is read no faster than this settles. */
  readonly onOutput: (chunk: Uint8Array) => Promise<void>;
  /** Stops and removes the container. */
  readonly signal: AbortSignal;
  /** Before the start. */
  readonly onCreated?: (files: ContainerFiles) => Promise<void>;
  /** After the end, before the container is removed. */
  readonly onExited?: (files: ContainerFiles, outcome: RunOutcome) => Promise<void>;
}

/** How a container ended. */
export interface RunOutcome {
  readonly exitCode: number;
  readonly outOfMemory: boolean;
  /** The limit for which it was stopped from here. */
  readonly stoppedFor?: 'seconds' | 'diskBytes';
  /** The signal that somebody else had the engine send it, if any: 9 for `docker kill`. */
  readonly killedFromOutside?: number;
  /** From the start of the container's process to its end, in seconds, by the engine's clock. */
  readonly seconds: number;
  /** Most memory used at once, in bytes, if the engine could be asked before the end. */
  readonly peakMemoryBytes?: number;
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
  /** Stops and removes a container; one that is gone already is fine. */
  removeContainer(id: string): Promise<void>;
}
