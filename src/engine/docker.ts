import type { Readable } from 'node:stream';
import Dockerode from 'dockerode';
import type { Endpoint } from './endpoint.ts';
import { BuildFailed, daemonFailure, EngineUnreachable, translateEngineError } from './errors.ts';
import {
  type BuildRequest,
  type ContainerEngine,
  type EngineInfo,
  type EngineSetup,
  type Image,
  type PullIO,
  platform,
  type RegistryLogin,
  type RunIO,
  type RunOutcome,
  type RunPlan,
} from './port.ts';
import { AccessDenied, registryOf, translatePullError } from './pull-errors.ts';
import { followPull } from './pull-stream.ts';
import { setupOf } from './setup.ts';
import { demultiplexed, jsonLines } from './streams.ts';

/** Seconds between the polite signal and the kill when a run is interrupted. */
const stopGraceSeconds = 3;

/** Docker, or whatever speaks its API, behind our port. */
export class DockerEngine implements ContainerEngine {
  readonly #docker: Dockerode;
  readonly #place: string;

  constructor(endpoint: Endpoint) {
    this.#place = `${endpoint.host} (${endpoint.source})`;
    this.#docker = new Dockerode(connection(endpoint));
  }

  async info(): Promise<EngineInfo> {
    const version = await this.#ask('asking its version', () => this.#docker.version());
    const podman = version.Components?.some(({ Name }) => Name.startsWith('Podman')) ?? false;
    return {
      endpoint: this.#place,
      version: version.Version,
      apiVersion: version.ApiVersion,
      product: podman ? 'Podman' : 'Docker',
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
    const filters = JSON.stringify({ reference: repositories });
    const found = await this.#ask('listing images', () => this.#docker.listImages({ filters }));
    return found.map((image) => ({
      id: image.Id,
      tags: image.RepoTags ?? [],
      digests: image.RepoDigests ?? [],
      bytes: image.Size,
      labels: image.Labels ?? {},
    }));
  }

  async build(
    request: BuildRequest,
    context: Readable,
    onLog: (text: string) => void,
    signal: AbortSignal,
  ): Promise<Image> {
    const stream = await this.#ask('starting the build', () =>
      this.#docker.buildImage(context, {
        t: request.tag,
        dockerfile: request.dockerfile,
        buildargs: { ...request.arguments },
        platform,
        rm: true,
        forcerm: true,
        abortSignal: signal,
      }),
    );
    await this.#ask('building the image', () => followBuild(stream as Readable, onLog, signal));
    const image = await this.findImage(request.tag);
    if (image === undefined) throw new BuildFailed('The build ended without an image.', undefined);
    return image;
  }

  async run(plan: RunPlan, io: RunIO): Promise<RunOutcome> {
    io.signal.throwIfAborted();
    const container = await this.#ask('creating the container', () =>
      this.#docker.createContainer(containerSpec(plan)),
    );
    const ended = new AbortController();
    try {
      return await this.#ask('running the container', () => followRun(container, io, ended.signal));
    } finally {
      ended.abort();
      await this.#remove(container);
    }
  }

  async pull(name: string, io: PullIO): Promise<Image> {
    try {
      await this.#pullAs(undefined, name, io);
    } catch (error) {
      if (!(error instanceof AccessDenied)) throw error;
      const login = await io.login(registryOf(name));
      if (login === undefined) throw error;
      await this.#pullAs(login, name, io);
    }
    const image = await this.findImage(name);
    if (image === undefined) throw new Error(`The pull of ${name} ended without the image.`);
    return image;
  }

  async #pullAs(login: RegistryLogin | undefined, name: string, io: PullIO): Promise<void> {
    try {
      const stream = await this.#docker.pull(name, {
        platform,
        abortSignal: io.signal,
        ...(login !== undefined && { authconfig: authConfig(login) }),
      });
      await followPull(stream as Readable, io);
    } catch (error) {
      io.signal.throwIfAborted();
      throw translatePullError(error, name, this.#place, login);
    }
  }

  async setup(): Promise<EngineSetup> {
    return setupOf(await this.#ask('asking how it is set up', () => this.#docker.info()));
  }

  async #remove(container: Dockerode.Container): Promise<void> {
    await this.#ask('removing the container', async () => {
      try {
        await container.remove({ force: true, v: true });
      } catch (error) {
        const { status } = daemonFailure(error);
        if (status !== 404 && status !== 409) throw error; // gone, or being removed
      }
    });
  }

  async #ask<T>(doing: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw translateEngineError(error, doing, this.#place);
    }
  }
}

function connection(endpoint: Endpoint): Dockerode.DockerOptions {
  const { host, tls } = endpoint;
  // `host` and `socketPath` are both given, since dockerode else fills the other from DOCKER_HOST.
  const socket = /^(?:unix|npipe):\/\/(.+)$/.exec(host)?.[1];
  if (socket !== undefined) return { host: undefined, socketPath: socket } as never;
  const url = new URL(host);
  if (url.protocol === 'ssh:') {
    throw new EngineUnreachable(`Engines over ssh are not supported yet: ${host}.`, [
      `Forward its socket: ssh -NL /tmp/docker.sock:/var/run/docker.sock ${url.host}, then DOCKER_HOST=unix:///tmp/docker.sock.`,
    ]);
  }
  const protocol = tls !== undefined || url.protocol === 'https:' ? 'https' : 'http';
  const port = url.port || (protocol === 'https' ? '2376' : '2375');
  return { host: url.hostname, port, protocol, ...tls };
}

/** The engine's form of a login. */
function authConfig(login: RegistryLogin) {
  const { serverAddress, username, password, identityToken } = login;
  return {
    serveraddress: serverAddress,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(identityToken !== undefined && { identitytoken: identityToken }),
  };
}

/** The engine's form of a plan. */
export function containerSpec(plan: RunPlan): Dockerode.ContainerCreateOptions {
  return {
    name: plan.name,
    Image: plan.image,
    platform,
    ...(plan.command.length > 0 && { Cmd: [...plan.command] }),
    Env: Object.entries(plan.environment).map(([name, value]) => `${name}=${value}`),
    Labels: { ...plan.labels },
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: {
      Mounts: plan.mounts.map((mount) => ({
        Type: 'bind',
        Source: mount.source,
        Target: mount.target,
        ReadOnly: mount.readOnly,
      })),
      ...(plan.network === 'none' && { NetworkMode: 'none' }),
      ...(plan.gpus === 'all' && {
        DeviceRequests: [{ Driver: '', Count: -1, Capabilities: [['gpu']] }],
      }),
      ShmSize: plan.shmBytes,
      Init: plan.init,
    },
  };
}

/** Reads a build's events to their end. A failed step is the last of them, with HTTP status 200. */
async function followBuild(
  stream: Readable,
  onLog: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let step = '';
  try {
    for await (const event of jsonLines(stream)) {
      if (typeof event.error === 'string') {
        const detail = event.errorDetail as { code?: number } | undefined;
        const at = step === '' ? '' : ` at ${step}`;
        throw new BuildFailed(`The build failed${at}: ${event.error}`, detail?.code);
      }
      if (typeof event.stream === 'string') {
        step = /^Step \d+\/\d+ : .*/.exec(event.stream)?.[0] ?? step;
        onLog(event.stream);
      } else if (typeof event.status === 'string' && event.progressDetail === undefined) {
        onLog(`${event.status}\n`);
      }
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

/**
 * Attach before the start, or output is lost; ask for the next exit before the start, or a short
 * run's is missed.
 */
async function followRun(
  container: Dockerode.Container,
  io: RunIO,
  ended: AbortSignal,
): Promise<RunOutcome> {
  const attached = (await container.attach({
    stream: true,
    stdout: true,
    stderr: true,
    hijack: true,
  })) as unknown as Readable;
  ended.addEventListener('abort', () => attached.destroy());
  const exited = container.wait({ condition: 'next-exit', abortSignal: ended });
  exited.catch(() => {}); // awaited below; until then a failed start must not be an unhandled one
  io.signal.throwIfAborted();
  await container.start();
  const memory = watchMemory(container, ended);
  const stop = () => {
    container.stop({ t: stopGraceSeconds }).catch(() => {}); // the wait tells how it ended
  };
  io.signal.addEventListener('abort', stop);
  try {
    for await (const chunk of demultiplexed(attached)) await io.onOutput(chunk);
    await exited;
  } finally {
    io.signal.removeEventListener('abort', stop);
  }
  io.signal.throwIfAborted();
  const { State: state } = await container.inspect();
  const peak = memory();
  return {
    exitCode: state.ExitCode,
    outOfMemory: state.OOMKilled,
    seconds: (Date.parse(state.FinishedAt) - Date.parse(state.StartedAt)) / 1000,
    ...(peak > 0 && { peakMemoryBytes: peak }),
  };
}

/** Reads the engine's statistics until `ended`; the function tells the most memory seen, in bytes. */
function watchMemory(container: Dockerode.Container, ended: AbortSignal): () => number {
  let peak = 0;
  const watch = async () => {
    const stats = await container.stats({ stream: true });
    ended.addEventListener('abort', () => (stats as Readable).destroy());
    for await (const sample of jsonLines(stats as Readable)) {
      const memory = sample.memory_stats as { usage?: number; max_usage?: number } | undefined;
      peak = Math.max(peak, memory?.max_usage ?? memory?.usage ?? 0);
    }
  };
  watch().catch(() => {}); // no statistics is no reason to fail a run
  return () => peak;
}
