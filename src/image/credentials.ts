import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RegistryLogin } from '../engine/port.ts';
import { EnvironmentError, systemCode } from '../errors.ts';
import { askHelper } from './credential-helper.ts';

/** Where the Docker config and its helpers are looked for. */
export interface CredentialsWorld {
  /** `DOCKER_CONFIG` and the PATH, and whatever a helper may need. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

/** An entry of `auths` (docker/cli, "Docker config file"). */
interface AuthEntry {
  /** `user:password` in base64. */
  readonly auth?: unknown;
  readonly username?: unknown;
  readonly password?: unknown;
  readonly identitytoken?: unknown;
}

interface DockerConfig {
  readonly auths?: Readonly<Record<string, AuthEntry | null>>;
  readonly credsStore?: unknown;
  readonly credHelpers?: Readonly<Record<string, unknown>>;
}

/** The key under which everything keeps the login of Docker Hub. */
const hubKey = 'https://index.docker.io/v1/';

/**
 * The login for `registry` (`metavsc.azurecr.io`, `docker.io`) that `docker login` has left: from
 * the registry's own helper, else from the common one, else from the config file itself.
 * @throws EnvironmentError when the config can't be read or a helper is broken
 */
export async function findLogin(
  registry: string,
  world: CredentialsWorld,
  signal: AbortSignal,
): Promise<RegistryLogin | undefined> {
  const path = join(world.env.DOCKER_CONFIG || join(world.home, '.docker'), 'config.json');
  const config = await readConfig(path);
  const serverAddress = registry === 'docker.io' ? hubKey : registry;
  const ownHelper = entryOf(config.credHelpers, registry)?.[1];
  const helper = ownHelper ?? config.credsStore;
  if (typeof helper === 'string' && helper !== '') {
    const setting = `${ownHelper === undefined ? 'credsStore' : 'credHelpers'} in ${path}`;
    const found = await askHelper({ helper, serverAddress, setting }, world.env, signal);
    if (found !== undefined) return found;
  }
  const entry = entryOf(config.auths, registry);
  if (entry === undefined) return undefined;
  const [key, auth] = entry;
  return loginOf(auth ?? {}, { serverAddress, key, path });
}

async function readConfig(path: string): Promise<DockerConfig> {
  const can = (why: string, cause: unknown) =>
    new EnvironmentError(
      `The Docker config ${path} ${why}: ${(cause as Error).message}`,
      ['Mend or remove it, or set DOCKER_CONFIG to another folder.'],
      { cause },
    );
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return {};
    throw can("can't be read", error);
  }
  try {
    return (JSON.parse(text) ?? {}) as DockerConfig;
  } catch (error) {
    throw can('is no valid JSON', error);
  }
}

/** The entry for a registry, whose key may be a host or, from older clients, an address. */
function entryOf<T>(
  entries: Readonly<Record<string, T>> | undefined,
  registry: string,
): [key: string, value: T] | undefined {
  return Object.entries(entries ?? {}).find(([key]) => hostOf(key) === registry);
}

function hostOf(key: string): string {
  const host = key.replace(/^https?:\/\//, '').split('/')[0] ?? '';
  return host === 'index.docker.io' ? 'docker.io' : host;
}

function loginOf(
  entry: AuthEntry,
  { serverAddress, key, path }: { serverAddress: string; key: string; path: string },
): RegistryLogin | undefined {
  const source = `"${key}" in ${path}`;
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  const token = text(entry.identitytoken);
  const packed = text(entry.auth);
  const [username, password] =
    packed === undefined
      ? [text(entry.username), text(entry.password)]
      : unpack(packed, source, token !== undefined);
  if (token === undefined && (username === undefined || password === undefined)) return undefined;
  return {
    serverAddress,
    source,
    ...(username !== undefined && { username }),
    ...(token === undefined && password !== undefined && { password }),
    ...(token !== undefined && { identityToken: token }),
  };
}

/** `user:password` out of base64. The password may hold colons, and old clients left NULs behind. */
function unpack(packed: string, source: string, passwordMayLack: boolean): [string, string] {
  const text = Buffer.from(packed, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon > 0) return [text.slice(0, colon), text.slice(colon + 1).replace(/\0+$/, '')];
  if (passwordMayLack && text !== '') return [text, ''];
  throw new EnvironmentError(`The login ${source} is damaged: it is no user:password in base64.`, [
    'Log in anew with "docker login".',
  ]);
}
