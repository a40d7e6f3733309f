import type { Readable } from 'node:stream';
import type Dockerode from 'dockerode';
import { EnvironmentError, UsageError, VscError } from '../errors.ts';
import { toPaste } from '../progress/shell.ts';
import {
  AccessDenied,
  daemonFailure,
  EngineDiskFull,
  ImageNotFound,
  RegistryUnreachable,
  type TranslatedError,
  translateEngineError,
} from './errors.ts';
import { type LayerProgress, type PullIO, platform, type RegistryLogin } from './port.ts';
import { jsonLines } from './streams.ts';

/** Pulls an image as anybody may, and where the registry wants a login, with one. */
export async function pullImage(
  docker: Dockerode,
  name: string,
  io: PullIO,
  endpoint: string,
): Promise<void> {
  const pullAs = async (login?: RegistryLogin) => {
    try {
      const stream = await docker.pull(name, {
        platform,
        abortSignal: io.signal,
        ...(login !== undefined && { authconfig: authConfig(login) }),
      });
      await followPull(stream as Readable, io);
    } catch (error) {
      io.signal.throwIfAborted();
      throw translatePullError(error, name, endpoint, login);
    }
  };
  try {
    await pullAs();
  } catch (error) {
    if (!(error instanceof AccessDenied)) throw error;
    const login = await io.login(registryOf(name));
    if (login === undefined) throw error;
    await pullAs(login);
  }
}

/** The engine's form of a login. */
function authConfig({ serverAddress, username, password, identityToken }: RegistryLogin) {
  return {
    serveraddress: serverAddress,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(identityToken !== undefined && { identitytoken: identityToken }),
  };
}

/**
 * Milliseconds without a byte after which broken downloads are hopeless. Docker tries each layer for
 * 75 seconds (five times, 5 to 25 seconds apart), but three layers at a time and to the last of them.
 */
const stallTimeout = 90_000;

/** Reads a pull's events to their end. @throws PullFailed with the engine's words */
export async function followPull(
  stream: Readable,
  io: Pick<PullIO, 'onLayer' | 'onWarning'>,
  now: () => number = () => performance.now(),
): Promise<void> {
  /** How far each layer came at best, so that beginning anew doesn't look like going on. */
  const best = new Map<string, number>();
  let moved = now();
  for await (const event of jsonLines(stream)) {
    const detail = event.errorDetail as { message?: unknown } | undefined;
    const failure = event.error ?? detail?.message;
    if (failure !== undefined && failure !== null) throw new PullFailed(String(failure));
    const { status } = event;
    if (typeof status !== 'string') continue;
    if (status.startsWith('WARNING: ')) io.onWarning(status.slice('WARNING: '.length));
    const progress = layerProgress(event, status);
    if (progress === undefined) continue;
    io.onLayer(progress);
    const { layer, state, completed = 0 } = progress;
    if (completed > (best.get(`${layer} ${state}`) ?? 0)) {
      best.set(`${layer} ${state}`, completed);
      moved = now();
    } else if (state === 'retrying' && now() - moved > stallTimeout) {
      throw new PullFailed(
        `the downloads broke off and timed out after ${stallTimeout / 1000} seconds`,
      );
    }
  }
}

/** Beginnings of the engines' words for the states of a layer. */
const states: ReadonlyArray<readonly [string, LayerProgress['state']]> = [
  ['Pulling fs layer', 'waiting'],
  ['Waiting', 'waiting'],
  ['Downloading', 'downloading'],
  ['Verifying Checksum', 'downloaded'],
  ['Download complete', 'downloaded'],
  ['Extracting', 'extracting'],
  ['Pull complete', 'done'],
  ['Already exists', 'present'],
  ['Retrying in', 'retrying'],
];

function layerProgress(
  event: Readonly<Record<string, unknown>>,
  status: string,
): LayerProgress | undefined {
  const state = states.find(([words]) => status.startsWith(words))?.[1];
  if (state === undefined || typeof event.id !== 'string') return undefined;
  const { current, total, units } = (event.progressDetail ?? {}) as Record<string, unknown>;
  // The containerd image store counts an extraction in seconds.
  const counts = units === undefined;
  return {
    layer: event.id,
    state,
    ...(counts && typeof current === 'number' && { completed: current }),
    ...(counts && typeof total === 'number' && total > 0 && { total }),
  };
}

/** What the engine reported while it pulled: the HTTP status was 200 by then. */
export class PullFailed extends Error {}

/**
 * The typed error for a pull that failed: the engine's own troubles as everywhere, the registry's by
 * what the user can do.
 */
export function translatePullError(
  error: unknown,
  name: string,
  endpoint: string,
  login?: RegistryLogin,
): Error {
  if (error instanceof VscError) return error;
  const { message, status } = daemonFailure(error);
  const told = status !== undefined || error instanceof PullFailed;
  if (!told) return translateEngineError(error, `pulling ${name}`, endpoint);
  const pull = { name, registry: registryOf(name), login };
  const [, type, explain] = meanings.find(([pattern]) => pattern.test(message)) ?? unknown;
  const [what, ...next] = explain(pull);
  return new type(`${what}: ${message}`, next, { cause: error });
}

/** The registry in an image's name, e.g. `metavsc.azurecr.io`; `docker.io` where it names none. */
export function registryOf(name: string): string {
  const [first = '', ...rest] = name.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  return isHost ? first : 'docker.io';
}

/** What a pull was about when it failed. */
interface Pull {
  readonly name: string;
  readonly registry: string;
  readonly login: RegistryLogin | undefined;
}

/** Texts of engines and registries, the error that each means, what happened and what to do. */
type Meaning = readonly [
  pattern: RegExp,
  type: TranslatedError,
  explain: (pull: Pull) => readonly [what: string, ...next: string[]],
];

/** Most particular first. */
const meanings: readonly Meaning[] = [
  [
    /invalid reference format/i,
    UsageError,
    ({ name }) => [
      `"${name}" is no name of an image`,
      'It looks like registry.example.org/repository:tag.',
    ],
  ],
  [
    /no space left on device|disk quota exceeded/i,
    EngineDiskFull,
    ({ name }) => [
      `The engine's disk is full; ${name} does not fit`,
      'See what takes the room: docker system df',
      'Make room, e.g. with "docker image prune", and run "vsc pull" again.',
      'The full image takes about 12 GB; "vsc build --slim" makes one of 2 GB.',
    ],
  ],
  [
    /toomanyrequests|too many requests|rate limit/i,
    EnvironmentError,
    ({ registry }) => [
      `${registry} gives out no more for now`,
      'Wait, or log in for a higher limit: docker login',
    ],
  ],
  [
    /no (matching )?manifest for|no image found in (manifest list|image index)/i,
    ImageNotFound,
    ({ name }) => [
      `${name} is not made for ${platform}`,
      'Push it for that platform: docker build --platform linux/amd64 ...',
    ],
  ],
  [
    /manifest .*(unknown|not found)|manifest unknown|name unknown|NAME_UNKNOWN|not known to registry|repository .* not found(?!.*login)/i,
    ImageNotFound,
    ({ name, registry }) => [
      `${registry} has no image ${name}`,
      'Check the name: REGISTRY_IMAGE or --registry-image; without either it is the official image.',
      'Or build an image here: vsc build, or vsc build --slim.',
    ],
  ],
  [
    /unauthorized|denied|no basic auth credentials|authentication required|invalid username\/password|may require 'docker login'|\b40[13]\b/i,
    AccessDenied,
    ({ name, registry, login }) => {
      const logIn =
        registry === 'docker.io' ? 'docker login' : toPaste(registry, (it) => `docker login ${it}`);
      const what = `${registry} denied access to ${name}`;
      return login === undefined
        ? [
            `${what}, and the Docker config has no login for it`,
            `Log in: ${logIn}`,
            'And see that the name is right: registries deny what they do not have.',
          ]
        : [
            `${what} with the login from ${login.source}`,
            `Log in anew: ${logIn}`,
            'Or see that the account may read the image and the name is right.',
          ];
    },
  ],
  [
    /x509|certificate|server gave HTTP response to HTTPS client|\btls:/i,
    RegistryUnreachable,
    ({ registry }) => [
      `The engine does not trust the connection to ${registry}`,
      `If the registry is yours: add it to "insecure-registries" in the engine's daemon.json, or its certificate to /etc/docker/certs.d/${registry}/ca.crt.`,
    ],
  ],
  [
    /connection refused|no such host|no route to host|network is unreachable|timed? ?out|Client\.Timeout|deadline exceeded|server misbehaving|temporary failure in name resolution|connection reset|unexpected EOF|\bEOF\b|proxyconnect|unexpected HTTP status|unexpected status( code)?|error parsing HTTP|Content-Type header/i,
    RegistryUnreachable,
    ({ registry }) => [
      `The engine can't reach the registry ${registry}`,
      'Check the network, and the proxy of the engine if it needs one; then run "vsc pull" again.',
      'Without a registry: vsc build, or vsc build --slim.',
    ],
  ],
];

const unknown: Meaning = [
  /^/,
  EnvironmentError,
  ({ name }) => [`The engine could not pull ${name}`],
];
