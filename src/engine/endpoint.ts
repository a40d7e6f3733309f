import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvironmentError, systemCode, UsageError } from '../errors.ts';
import { findSocket, type SocketWorld } from './sockets.ts';

/** Where the engine listens, and what said so. */
export interface Endpoint {
  /** `unix:///…`, `tcp://…`, `https://…`, `ssh://…` or `npipe://…`. */
  readonly host: string;
  /** The setting or place it was taken from, e.g. `DOCKER_HOST` or `context "remote"`. */
  readonly source: string;
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

/** What finding the engine depends on. */
export type EndpointWorld = SocketWorld;

/**
 * Finds the engine as the Docker command line does: `DOCKER_HOST`, then `DOCKER_CONTEXT`, then the
 * Docker config's current context, then the default socket; and beyond it where other engines have theirs.
 * @throws UsageError, EnvironmentError for what can't be; EngineUnreachable where nothing is
 */
export async function findEndpoint(world: EndpointWorld): Promise<Endpoint> {
  const { env, home } = world;
  if (env.DOCKER_HOST) return fromDockerHost(env.DOCKER_HOST, env);
  const folder = env.DOCKER_CONFIG || join(home, '.docker');
  const config = join(folder, 'config.json');
  const [name, source] = env.DOCKER_CONTEXT
    ? [env.DOCKER_CONTEXT, 'DOCKER_CONTEXT']
    : [(await readJson(config))?.currentContext, config];
  const named = typeof name === 'string' && name !== '' && name !== 'default';
  return named ? fromContext(name, folder, source) : usualEndpoint(world);
}

async function fromDockerHost(value: string, env: EndpointWorld['env']): Promise<Endpoint> {
  const host = value.includes('://') ? value : `tcp://${value}`;
  const isPath = /^(unix|npipe):\/\/./.test(host);
  if (!isPath && !(/^(tcp|https?|ssh):\/\/./.test(host) && URL.canParse(host))) {
    throw new UsageError(`DOCKER_HOST is "${value}", which is no address of an engine.`, [
      'It looks like unix:///var/run/docker.sock, tcp://host:2376 or ssh://user@host.',
    ]);
  }
  const secured = env.DOCKER_TLS_VERIFY || env.DOCKER_CERT_PATH;
  return {
    host,
    source: 'DOCKER_HOST',
    ...(secured && (await readTls(env.DOCKER_CERT_PATH ?? ''))),
  };
}

async function fromContext(name: string, folder: string, source: string): Promise<Endpoint> {
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
  return { host, source: `context "${name}", from ${source}`, ...tls };
}

/** The engine of this machine, at the first of the places where one usually is. */
async function usualEndpoint(world: EndpointWorld): Promise<Endpoint> {
  const { path, of } = await findSocket(world);
  return { host: `${world.platform === 'win32' ? 'npipe' : 'unix'}://${path}`, source: of };
}

/** The certificates in a folder, as far as there are any. */
async function readTls(folder: string): Promise<Pick<Endpoint, 'tls'>> {
  const read = async (name: string) => readText(join(folder, name));
  const [ca, cert, key] = await Promise.all(['ca.pem', 'cert.pem', 'key.pem'].map(read));
  const tls = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
  return Object.keys(tls).length === 0 ? {} : { tls };
}

async function readJson(path: string): Promise<Record<string, unknown> | undefined> {
  const text = await readText(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw unusable(path, 'is no valid JSON', error);
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
    throw unusable(path, "can't be read", error);
  }
}

function unusable(path: string, why: string, cause: unknown): EnvironmentError {
  return new EnvironmentError(`${path} ${why}: ${(cause as Error).message}`, [], { cause });
}
