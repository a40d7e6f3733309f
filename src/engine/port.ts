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
}

/** What a run needs besides its plan. */
export interface RunIO {
  /** Takes stdout and stderr as they come; the engine is read no faster than this settles. */
  readonly onOutput: (chunk: Uint8Array) => Promise<void>;
  /** Stops and removes the container. */
  readonly signal: AbortSignal;
}

/** How a container ended. */
export interface RunOutcome {
  readonly exitCode: number;
  readonly outOfMemory: boolean;
  /** From the start of the container's process to its end, in seconds, by the engine's clock. */
  readonly seconds: number;
  /** Most memory used at once, in bytes, if the engine could be asked before the end. */
  readonly peakMemoryBytes?: number;
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
   * @throws Interrupted's reason when `io.signal` is aborted; the container is gone by then.
   */
  run(plan: RunPlan, io: RunIO): Promise<RunOutcome>;
}
