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
  return entry && loginOf(entry[1] ?? {}, serverAddress, `"${entry[0]}" in ${path}`);
}

async function readConfig(path: string): Promise<DockerConfig> {
  let why = "can't be read";
  try {
    const text = await readFile(path, 'utf8');
    why = 'is no valid JSON';
    return (JSON.parse(text) ?? {}) as DockerConfig;
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT' || systemCode(cause) === 'ENOTDIR') return {};
    throw new EnvironmentError(
      `The Docker config ${path} ${why}: ${(cause as Error).message}`,
      ['Mend or remove it, or set DOCKER_CONFIG to another folder.'],
      { cause },
    );
  }
}

/** The entry for a registry, whose key may be a host or, from older clients, an address. */
function entryOf<T>(
  entries: Readonly<Record<string, T>> | undefined,
  registry: string,
): [key: string, value: T] | undefined {
  return Object.entries(entries ?? {}).find(([key]) => {
    const host = key.replace(/^https?:\/\//, '').split('/')[0];
    return (host === 'index.docker.io' ? 'docker.io' : host) === registry;
  });
}

function loginOf(
  { auth, username, password, identitytoken }: AuthEntry,
  serverAddress: string,
  source: string,
): RegistryLogin | undefined {
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  const token = text(identitytoken);
  const packed = text(auth);
  const [name, secret] =
    packed === undefined
      ? [text(username), text(password)]
      : unpack(packed, source, token !== undefined);
  const login = { serverAddress, source, ...(name !== undefined && { username: name }) };
  if (token !== undefined) return { ...login, identityToken: token };
  return name === undefined || secret === undefined ? undefined : { ...login, password: secret };
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

/** Milliseconds; a helper may have to ask its user for a password. */
const helperTimeout = 60_000;

/** What helpers answer that have nothing (docker/docker-credential-helpers, "credentials/error.go"). */
const nothing = /credentials not found in native keychain/i;

/** What a helper gives as the user name where the secret is a token. */
const tokenUser = '<token>';

/**
 * Asks `docker-credential-<helper> get` for a login; undefined where it has none.
 * @param setting what names the helper
 * @throws EnvironmentError when the helper is missing, fails, or answers what can't be read
 */
async function askHelper(
  { helper, serverAddress, setting }: { helper: string; serverAddress: string; setting: string },
  env: CredentialsWorld['env'],
  signal: AbortSignal,
): Promise<RegistryLogin | undefined> {
  const program = `docker-credential-${helper}`;
  const broken = (why: string) =>
    new EnvironmentError(
      `${serverAddress} wants a login, and the helper that keeps them, ${program} (${setting}), does not work: ${why}.`,
      ['Mend it, or remove that line from the Docker config and log in again with "docker login".'],
    );
  const result = await runHelper(program, serverAddress, env, signal);
  signal.throwIfAborted();
  if (result.failed) {
    if (nothing.test(result.stdout) || nothing.test(result.stderr)) return undefined;
    throw broken(whyFailed(result));
  }
  const answer = parseAnswer(result.stdout);
  if (answer === undefined) throw broken('its answer is no login in JSON');
  const { username, secret } = answer;
  if (username === '' && secret === '') return undefined;
  const login = { serverAddress, source: `${program}, ${setting}` };
  return username === tokenUser
    ? { ...login, identityToken: secret }
    : { ...login, username, password: secret };
}

function runHelper(
  program: string,
  input: string,
  env: CredentialsWorld['env'],
  cancelSignal: AbortSignal,
) {
  const options = { input, env, extendEnv: false, reject: false, timeout: helperTimeout } as const;
  return execa(program, ['get'], { ...options, cancelSignal });
}

function whyFailed(result: Awaited<ReturnType<typeof runHelper>>): string {
  const { code, timedOut, signal, exitCode, stdout, stderr } = result;
  if (code === 'ENOENT') return 'there is no such program on the PATH';
  if (code === 'EACCES') return 'it may not be executed';
  if (timedOut) return `no answer for ${helperTimeout / 1000} seconds`;
  const said = (stdout.trim() || stderr.trim()).split('\n').slice(-3).join(' ');
  return `it exited with ${signal ?? `code ${exitCode}`}${said === '' ? '' : ` and said: ${said}`}`;
}

/** The answer, without ever quoting it: it holds a password. */
function parseAnswer(text: string): { username: string; secret: string } | undefined {
  try {
    const { Username: username, Secret: secret } = JSON.parse(text) as Record<string, unknown>;
    if (typeof username === 'string' && typeof secret === 'string') return { username, secret };
  } catch {}
  return undefined;
}
