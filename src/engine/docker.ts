import type { Readable } from 'node:stream';
import Dockerode from 'dockerode';
import { followBuild } from './build.ts';
import { containerSpec } from './container-spec.ts';
import type { Endpoint } from './endpoint.ts';
import { BuildFailed, EngineUnreachable } from './errors.ts';
import {
  type BuildRequest,
  type ContainerEngine,
  type ContainerFacts,
  type EngineInfo,
  type Image,
  platform,
  type RunIO,
  type RunOutcome,
  type RunPlan,
} from './port.ts';
import { followRun } from './run.ts';
import { daemonFailure, translateEngineError } from './translate.ts';

/** Docker, or whatever speaks its API, behind our port. */
export class DockerEngine implements ContainerEngine {
  readonly #docker: Dockerode;
  readonly #place: string;
  readonly #remote: boolean;

  constructor(endpoint: Endpoint) {
    this.#place = `${endpoint.host} (${endpoint.source})`;
    this.#remote = !isOnThisMachine(endpoint.host);
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
      return await this.#ask('running the container', () =>
        followRun(this.#docker, container, plan, io, ended.signal),
      );
    } finally {
      ended.abort();
      await this.removeContainer(container.id);
    }
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

  async removeContainer(id: string): Promise<void> {
    await this.#ask('removing the container', async () => {
      try {
        await this.#docker.getContainer(id).remove({ force: true, v: true });
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

/** Whether an engine at `host` runs here; it may still see other files, in a namespace of its own. */
function isOnThisMachine(host: string): boolean {
  if (/^(unix|npipe):/.test(host)) return true;
  const { hostname } = new URL(host.replace(/^tcp:/, 'http:'));
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname) && !host.startsWith('ssh:');
}
