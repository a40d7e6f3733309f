import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { RegistryLogin } from '../engine/port.ts';
import { EnvironmentError, systemCode } from '../errors.ts';

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

/** Which helper to ask for what, and the setting that names it. */
export interface HelperQuestion {
  /** `desktop` for the program `docker-credential-desktop`. */
  readonly helper: string;
  readonly serverAddress: string;
  readonly setting: string;
}

/** Milliseconds; a helper may have to ask its user for a password. */
const patience = 60_000;

/** What helpers answer that have nothing (docker/docker-credential-helpers, "credentials/error.go"). */
const nothing = /credentials not found in native keychain/i;

/** What a helper gives as the user name where the secret is a token. */
const tokenUser = '<token>';

/**
 * Asks `docker-credential-<helper> get` for a login; undefined where it has none.
 * @throws EnvironmentError when the helper is missing, fails, or answers what can't be read
 */
async function askHelper(
  question: HelperQuestion,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<RegistryLogin | undefined> {
  const program = `docker-credential-${question.helper}`;
  const result = await execa(program, ['get'], {
    input: question.serverAddress,
    env,
    extendEnv: false,
    reject: false,
    timeout: patience,
    cancelSignal: signal,
  });
  signal.throwIfAborted();
  const { stdout, stderr } = result;
  if (result.failed) {
    if (nothing.test(stdout) || nothing.test(stderr)) return undefined;
    const said = (stdout.trim() || stderr.trim()).split('\n').slice(-3).join(' ');
    throw broken(question, program, reasonOf(result, said));
  }
  const answer = parse(stdout);
  if (answer === undefined) throw broken(question, program, 'its answer is no login in JSON');
  const { username, secret } = answer;
  if (username === '' && secret === '') return undefined;
  const login = {
    serverAddress: question.serverAddress,
    source: `${program}, ${question.setting}`,
  };
  return username === tokenUser
    ? { ...login, identityToken: secret }
    : { ...login, username, password: secret };
}

interface Failure {
  readonly code?: string | undefined;
  readonly timedOut: boolean;
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
}

function reasonOf(result: Failure, said: string): string {
  if (result.code === 'ENOENT') return 'there is no such program on the PATH';
  if (result.code === 'EACCES') return 'it may not be executed';
  if (result.timedOut) return `no answer for ${patience / 1000} seconds`;
  const end = result.signal ?? `code ${result.exitCode}`;
  return said === '' ? `it exited with ${end}` : `it exited with ${end} and said: ${said}`;
}

/** The answer, without ever quoting it: it holds a password. */
function parse(text: string): { username: string; secret: string } | undefined {
  try {
    const { Username: username, Secret: secret } = JSON.parse(text) as Record<string, unknown>;
    return typeof username === 'string' && typeof secret === 'string'
      ? { username, secret }
      : undefined;
  } catch {
    return undefined;
  }
}

function broken(question: HelperQuestion, program: string, why: string): EnvironmentError {
  return new EnvironmentError(
    `${question.serverAddress} wants a login, and the helper that keeps them, ${program} (${question.setting}), does not work: ${why}.`,
    ['Mend it, or remove that line from the Docker config and log in again with "docker login".'],
  );
}
