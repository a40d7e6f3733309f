import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvironmentError, systemCode, UsageError } from '../errors.ts';
import { exists } from '../files.ts';

/** Where the engine listens, and what said so. */
export interface Endpoint {
  /** `unix:///…`, `tcp://…`, `https://…`, `ssh://…` or `npipe://…`. */
  readonly host: string;
  /** The setting or place it was taken from, e.g. `DOCKER_HOST` or `context "remote"`. */
  readonly source: string;
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

/** What finding the engine depends on. */
export interface EndpointWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly platform: NodeJS.Platform;
}

/**
 * Finds the engine as the Docker command line does: `DOCKER_HOST`, then `DOCKER_CONTEXT`, then the
 * Docker config's current context, then the default socket and, beyond it, the rootless ones.
 */
export async function findEndpoint(world: EndpointWorld): Promise<Endpoint> {
  const { env } = world;
  if (env.DOCKER_HOST) return fromDockerHost(env.DOCKER_HOST, env);
  const folder = env.DOCKER_CONFIG || join(world.home, '.docker');
  if (env.DOCKER_CONTEXT) {
    return contextEndpoint(folder, env.DOCKER_CONTEXT, 'DOCKER_CONTEXT', world);
  }
  const current = await currentContext(folder);
  if (current !== undefined) {
    return contextEndpoint(folder, current, join(folder, 'config.json'), world);
  }
  return defaultEndpoint(world);
}

async function fromDockerHost(
  value: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Endpoint> {
  const host = value.includes('://') ? value : `tcp://${value}`;
  if (
    !/^(unix|npipe|tcp|http|https|ssh):\/\/./.test(host) ||
    (!isPath(host) && !URL.canParse(host))
  ) {
    throw new UsageError(`DOCKER_HOST is "${value}", which is no address of an engine.`, [
      'It looks like unix:///var/run/docker.sock, tcp://host:2376 or ssh://user@host.',
    ]);
  }
  const endpoint = { host, source: 'DOCKER_HOST' };
  if (!env.DOCKER_TLS_VERIFY && !env.DOCKER_CERT_PATH) return endpoint;
  const tls = await readTls(env.DOCKER_CERT_PATH ?? '');
  return tls === undefined ? endpoint : { ...endpoint, tls };
}

function isPath(host: string): boolean {
  return /^(unix|npipe):/.test(host);
}

async function currentContext(folder: string): Promise<string | undefined> {
  const config = await readJson(join(folder, 'config.json'));
  const name = config?.currentContext;
  return typeof name === 'string' && name !== '' && name !== 'default' ? name : undefined;
}

async function contextEndpoint(
  folder: string,
  name: string,
  source: string,
  world: EndpointWorld,
): Promise<Endpoint> {
  if (name === 'default') return defaultEndpoint(world);
  // Docker names a context's folder after the SHA-256 of its name.
  const id = createHash('sha256').update(name).digest('hex');
  const meta = await readJson(join(folder, 'contexts', 'meta', id, 'meta.json'));
  const endpoints = meta?.Endpoints as { docker?: { Host?: unknown } } | undefined;
  const host = endpoints?.docker?.Host;
  if (typeof host !== 'string' || host === '') {
    throw new EnvironmentError(`The Docker context "${name}" (from ${source}) does not exist.`, [
      'List them with "docker context ls", or set DOCKER_HOST.',
    ]);
  }
  const tls = await readTls(join(folder, 'contexts', 'tls', id, 'docker'));
  const endpoint = { host, source: `context "${name}", from ${source}` };
  return tls === undefined ? endpoint : { ...endpoint, tls };
}

async function defaultEndpoint(world: EndpointWorld): Promise<Endpoint> {
  if (world.platform === 'win32') {
    return { host: 'npipe:////./pipe/docker_engine', source: 'default' };
  }
  const usual = '/var/run/docker.sock';
  const runtimeFolder = world.env.XDG_RUNTIME_DIR;
  const others = [
    join(world.home, '.docker', 'run', 'docker.sock'),
    ...(runtimeFolder === undefined
      ? []
      : [join(runtimeFolder, 'docker.sock'), join(runtimeFolder, 'podman', 'podman.sock')]),
    '/run/podman/podman.sock',
  ];
  for (const path of [usual, ...others]) {
    if (await exists(path)) return { host: `unix://${path}`, source: 'default' };
  }
  return { host: `unix://${usual}`, source: 'default' };
}

async function readTls(folder: string): Promise<Endpoint['tls']> {
  const read = async (name: string) => readText(join(folder, name));
  const [ca, cert, key] = await Promise.all(['ca.pem', 'cert.pem', 'key.pem'].map(read));
  const tls = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
  return Object.keys(tls).length === 0 ? undefined : tls;
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
    throw new EnvironmentError(`${path} can't be read: ${(error as Error).message}`, [], {
      cause: error,
    });
  }
}

async function readJson(path: string): Promise<Record<string, unknown> | undefined> {
  const text = await readText(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw new EnvironmentError(`${path} is no valid JSON: ${(error as Error).message}`, [], {
      cause: error,
    });
  }
}
