import type { Readable } from 'node:stream';
import Dockerode from 'dockerode';
import { EnvironmentError } from '../errors.ts';
import { containerSpec } from './container.ts';
import { EngineDisk } from './disk.ts';
import type { Endpoint } from './endpoint.ts';
import { BuildFailed, daemonFailure, translateEngineError } from './errors.ts';
import { loadImages, saveImage } from './image-archive.ts';
import { interactiveSpec, interactToExit } from './interact.ts';
import type {
  BuildRequest,
  ContainerEngine,
  ContainerFacts,
  ContainerIO,
  EngineInfo,
  EngineSetup,
  Image,
  InteractIO,
  PullIO,
  RunIO,
  RunOutcome,
  RunPlan,
} from './port.ts';
import { pullImage } from './pull.ts';
import { removeWithFiles } from './removal.ts';
import { runToExit } from './run.ts';
import { SshAgent, type SshWorld } from './ssh.ts';
import { buildImage } from './streams.ts';

/** Docker, or whatever speaks its API, behind our port. */
export class DockerEngine implements ContainerEngine {
  readonly #docker: Dockerode;
  readonly #place: string;
  readonly #remote: boolean;
  #lacksInit = false;

  constructor(endpoint: Endpoint, world: SshWorld) {
    this.#place = `${endpoint.host} (${endpoint.source})`;
    this.#remote = !isOnThisMachine(endpoint.host);
    this.#docker = new Dockerode(connection(endpoint, world));
  }

  /** Both are asked for once: no engine becomes another meanwhile. */
  readonly info = once(() => this.#info());
  readonly setup = once(() => this.#setup());

  async #info(): Promise<EngineInfo> {
    const version = await this.#ask('asking its version', () => this.#docker.version());
    const podman = version.Components?.some(({ Name }) => Name.startsWith('Podman')) ?? false;
    return {
      endpoint: this.#place,
      version: version.Version,
      apiVersion: version.ApiVersion,
      product: podman ? 'Podman' : 'Docker',
      remote: this.#remote,
    };
  }

  async findImage(name: string): Promise<Image | undefined> {
    return this.#ask(`looking for the image ${name}`, async () => {
      try {
        const found = await this.#docker.getImage(name).inspect();
        return {
          id: found.Id,
          tags: found.RepoTags ?? [],
          digests: found.RepoDigests ?? [],
          bytes: found.Size,
          labels: found.Config.Labels ?? {},
          created: new Date(found.Created),
        };
      } catch (error) {
        if (daemonFailure(error).status === 404) return undefined;
        throw error;
      }
    });
  }

  async listImages(repositories: readonly string[]): Promise<readonly Image[]> {
    const found = await this.#ask('listing images', () => this.#docker.listImages());
    return found.flatMap((image) => {
      // Podman puts its own machine before the name of an image that was built there.
      const tags = (image.RepoTags ?? []).map((tag) => tag.replace(/^localhost\//, ''));
      const wanted = tags.filter((tag) => repositories.includes(tag.replace(/:[^:/]*$/, '')));
      if (wanted.length === 0) return [];
      return {
        id: image.Id,
        tags: wanted,
        digests: image.RepoDigests ?? [],
        bytes: image.Size,
        labels: image.Labels ?? {},
      };
    });
  }

  async build(
    request: BuildRequest,
    context: Readable,
    onLog: (text: string) => void,
    signal: AbortSignal,
  ): Promise<Image> {
    await this.#ask('starting the build', () =>
      buildImage(this.#docker, request, context, onLog, signal),
    );
    const image = await this.findImage(request.tag);
    if (image === undefined) throw new BuildFailed('The build ended without an image.', undefined);
    return image;
  }

  async listContainers(label: string): Promise<readonly ContainerFacts[]> {
    const filters = JSON.stringify({ label: [label] });
    const found = await this.#ask('listing containers', () =>
      this.#docker.listContainers({ all: true, filters }),
    );
    return found.map(({ Id, Names, Labels }) => ({
      id: Id,
      name: Names[0]?.replace(/^\//, '') ?? Id,
      labels: Labels ?? {},
    }));
  }

  async stopContainer(id: string, graceSeconds: number): Promise<void> {
    await this.#ask('stopping the container', async () => {
      try {
        await this.#docker.getContainer(id).stop({ t: graceSeconds });
      } catch (error) {
        // Whatever keeps it from being stopped, that it never ran or is gone, its removal will tell.
        if (daemonFailure(error).status === undefined) throw error;
      }
    });
  }

  async removeContainer(id: string): Promise<void> {
    await this.#ask('removing the container', async () => {
      try {
        await removeWithFiles(this.#docker, id);
      } catch (error) {
        const { status } = daemonFailure(error);
        if (status !== 404 && status !== 409) throw error; // gone, or being removed
      }
    });
  }

  async run(plan: RunPlan, io: RunIO): Promise<RunOutcome> {
    const disk = await this.#diskFor(plan);
    const outcome = await this.#inContainer(plan, io, containerSpec, (container, ended, without) =>
      this.#ask('running the container', async () => {
        const outcome = await runToExit(this.#docker, container, plan, io, disk, ended, without);
        return (await disk?.isFull()) ? { ...outcome, engineDiskFull: true as const } : outcome;
      }),
    );
    if (outcome.stoppedFor === 'diskHidden') await disk?.prove();
    return outcome;
  }

  /** The engine's disk, where it is on this machine and a plan limits what is written to it. */
  async #diskFor({ limits }: RunPlan): Promise<EngineDisk | undefined> {
    if (limits.diskBytes === undefined || this.#remote) return undefined;
    const { dataRoot } = await this.setup();
    return dataRoot === '' ? undefined : new EngineDisk(dataRoot, limits.diskBytes);
  }

  async interact(plan: RunPlan, io: InteractIO): Promise<number> {
    const specOf = (possible: RunPlan) => interactiveSpec(possible, io.terminal);
    return this.#inContainer(plan, io, specOf, (container, ended) =>
      this.#ask('talking with the container', () => interactToExit(container, io, ended)),
    );
  }

  /**
   * Creates a container, has `use` start it, and removes it whatever happens. Where the engine has no
   * init, it is made once more without: an init is a nicety, and everything else in a plan protects
   * somebody or is part of what was promised to the code inside.
   */
  async #inContainer<T>(
    plan: RunPlan,
    io: ContainerIO,
    specOf: (plan: RunPlan) => Dockerode.ContainerCreateOptions,
    use: (container: Dockerode.Container, ended: AbortSignal, without: string[]) => Promise<T>,
  ): Promise<T> {
    io.signal.throwIfAborted();
    const init = plan.init && !this.#lacksInit;
    const ended = new AbortController();
    let container: Dockerode.Container | undefined;
    try {
      container = await this.#ask('creating the container', () =>
        this.#docker.createContainer(specOf({ ...plan, init })),
      );
      return await use(container, ended.signal, plan.init && !init ? ['init'] : []);
    } catch (error) {
      if (!init || !saysNoInit(error)) throw error;
    } finally {
      ended.abort();
      if (container !== undefined) await this.removeContainer(container.id);
    }
    if (!this.#lacksInit)
      io.onNote?.('The engine has no init for containers: running without one.');
    this.#lacksInit = true;
    return this.#inContainer(plan, io, specOf, use);
  }

  async pull(name: string, io: PullIO): Promise<Image> {
    await pullImage(this.#docker, name, io, this.#place);
    const image = await this.findImage(name);
    if (image === undefined) throw new Error(`The pull of ${name} ended without the image.`);
    return image;
  }

  async saveImage(id: string): Promise<Readable> {
    return this.#ask('saving the image', () => saveImage(this.#docker, id));
  }

  async loadImages(tar: Readable, signal: AbortSignal): Promise<void> {
    await this.#ask('loading the image', () => loadImages(this.#docker, tar, signal));
  }

  async #setup(): Promise<EngineSetup> {
    return setupOf(await this.#ask('asking how it is set up', () => this.#docker.info()));
  }

  async #ask<T>(doing: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw translateEngineError(error, doing, this.#place);
    }
  }
}

/** What gives the first answer again; after a failure it asks anew. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= ask().catch((error) => {
      answer = undefined;
      throw error;
    });
    return answer;
  };
}

function connection(endpoint: Endpoint, world: SshWorld): Dockerode.DockerOptions {
  const { host, tls } = endpoint;
  // `host` and `socketPath` are both given, since dockerode else fills the other from DOCKER_HOST.
  const socket = /^(?:unix|npipe):\/\/(.+)$/.exec(host)?.[1];
  if (socket !== undefined) return { host: undefined, socketPath: socket } as never;
  const url = new URL(host);
  // The agent knows the way; the host only names it in the requests.
  if (url.protocol === 'ssh:') {
    const agent = new SshAgent(host, world); // which dockerode's types don't know of
    return { host: 'docker', port: 80, protocol: 'http', agent } as Dockerode.DockerOptions;
  }
  const protocol = tls !== undefined || url.protocol === 'https:' ? 'https' : 'http';
  const port = url.port || (protocol === 'https' ? '2376' : '2375');
  return { host: url.hostname, port, protocol, ...tls };
}

/** Whether an engine at `host` runs here; it may still see other files, in a namespace of its own. */
function isOnThisMachine(host: string): boolean {
  if (/^(unix|npipe):/.test(host)) return true;
  const { hostname } = new URL(host.replace(/^tcp:/, 'http:'));
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname) && !host.startsWith('ssh:');
}

/** What Podman, before and since version 5, and Docker say that have no init to put into a container. */
const noInit =
  /container-init binary|lookup init binary|"?docker-init"?: (executable file not found|no such file)/i;

/** Whether an engine, and not something that we did to a container, failed for want of an init. */
function saysNoInit(error: unknown): boolean {
  if (!(error instanceof EnvironmentError)) return false;
  const { status, message } = daemonFailure(error.cause);
  return status !== undefined && noInit.test(message);
}

/** Names that kernels have for what Docker calls otherwise. */
const architectures: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64' };

/** Reads the answer to "SystemInfo" (Docker Engine API), of which engines leave out this or that. */
export function setupOf(info: Readonly<Record<string, unknown>>): EngineSetup {
  const text = (key: string) => (typeof info[key] === 'string' ? info[key] : '');
  const architecture = text('Architecture');
  const devices = Array.isArray(info.DiscoveredDevices) ? info.DiscoveredDevices : [];
  return {
    architecture: architectures[architecture] ?? architecture,
    os: text('OSType'),
    cores: typeof info.NCPU === 'number' ? info.NCPU : 1,
    dataRoot: text('DockerRootDir'),
    runtimes: Object.keys((info.Runtimes as object | null | undefined) ?? {}),
    defaultRuntime: text('DefaultRuntime'),
    cdiFolders: Array.isArray(info.CDISpecDirs) ? info.CDISpecDirs.map(String) : [],
    cdiDevices: devices.map((device: { ID?: unknown }) => String(device.ID)),
  };
}
