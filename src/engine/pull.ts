import type { Readable } from 'node:stream';
import type Dockerode from 'dockerode';
import { EnvironmentError, UsageError, VscError } from '../errors.ts';
import { AccessDenied, EngineDiskFull, ImageNotFound, RegistryUnreachable } from './errors.ts';
import { followPull, PullFailed } from './image-events.ts';
import { type PullIO, platform, type RegistryLogin } from './port.ts';
import { daemonFailure, translateEngineError } from './translate.ts';

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

/** What a pull was about when it failed. */
interface Pull {
  readonly name: string;
  readonly registry: string;
  readonly login: RegistryLogin | undefined;
}

/** The registry in an image's name, e.g. `metavsc.azurecr.io`; `docker.io` where it names none. */
export function registryOf(name: string): string {
  const [first = '', ...rest] = name.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  return isHost ? first : 'docker.io';
}

type Translation = (said: string, pull: Pull, options: ErrorOptions) => VscError;

const denied: Translation = (said, { name, registry, login }, options) => {
  const logIn = `docker login${registry === 'docker.io' ? '' : ` ${registry}`}`;
  if (login !== undefined) {
    return new AccessDenied(
      `${registry} denied access to ${name} with the login from ${login.source}: ${said}`,
      [
        `Log in anew: ${logIn}`,
        'Or see that the account may read the image and the name is right.',
      ],
      options,
    );
  }
  return new AccessDenied(
    `${registry} denied access to ${name}, and the Docker config has no login for it: ${said}`,
    [`Log in: ${logIn}`, 'And see that the name is right: registries deny what they do not have.'],
    options,
  );
};

const notFound: Translation = (said, { name, registry }, options) =>
  new ImageNotFound(
    `${registry} has no image ${name}: ${said}`,
    [
      'Check the name: REGISTRY_IMAGE or --registry-image; without either it is the official image.',
      'Or build an image here: vsc build, or vsc build --slim.',
    ],
    options,
  );

const wrongPlatform: Translation = (said, { name }, options) =>
  new ImageNotFound(
    `${name} is not made for ${platform}: ${said}`,
    ['Push it for that platform: docker build --platform linux/amd64 ...'],
    options,
  );

const diskFull: Translation = (said, { name }, options) =>
  new EngineDiskFull(
    `The engine's disk is full; ${name} does not fit: ${said}`,
    [
      'See what takes the room: docker system df',
      'Make room, e.g. with "docker image prune", and run "vsc pull" again.',
      'The full image takes about 12 GB; "vsc build --slim" makes one of 2 GB.',
    ],
    options,
  );

const limited: Translation = (said, { registry }, options) =>
  new EnvironmentError(
    `${registry} gives out no more for now: ${said}`,
    ['Wait, or log in for a higher limit: docker login'],
    options,
  );

const insecure: Translation = (said, { registry }, options) =>
  new RegistryUnreachable(
    `The engine does not trust the connection to ${registry}: ${said}`,
    [
      `If the registry is yours: add it to "insecure-registries" in the engine's daemon.json, or its certificate to /etc/docker/certs.d/${registry}/ca.crt.`,
    ],
    options,
  );

const unreachable: Translation = (said, { registry }, options) =>
  new RegistryUnreachable(
    `The engine can't reach the registry ${registry}: ${said}`,
    [
      'Check the network, and the proxy of the engine if it needs one; then run "vsc pull" again.',
      'Without a registry: vsc build, or vsc build --slim.',
    ],
    options,
  );

const noName: Translation = (said, { name }) =>
  new UsageError(`"${name}" is no name of an image: ${said}`, [
    'It looks like registry.example.org/repository:tag.',
  ]);

/** Texts of engines and registries, most particular first. */
const texts: ReadonlyArray<readonly [RegExp, Translation]> = [
  [/invalid reference format/i, noName],
  [/no space left on device|disk quota exceeded/i, diskFull],
  [/toomanyrequests|too many requests|rate limit/i, limited],
  [/no (matching )?manifest for|no image found in (manifest list|image index)/i, wrongPlatform],
  [/manifest .*(unknown|not found)|manifest unknown|name unknown|NAME_UNKNOWN/i, notFound],
  [/not known to registry|repository .* not found(?!.*login)/i, notFound],
  [
    /unauthorized|denied|no basic auth credentials|authentication required|invalid username\/password|may require 'docker login'|\b40[13]\b/i,
    denied,
  ],
  [/x509|certificate|server gave HTTP response to HTTPS client|\btls:/i, insecure],
  [
    /connection refused|no such host|no route to host|network is unreachable|timed? ?out|Client\.Timeout|deadline exceeded|server misbehaving|temporary failure in name resolution|connection reset|unexpected EOF|\bEOF\b|proxyconnect|unexpected HTTP status|unexpected status( code)?|error parsing HTTP|Content-Type header/i,
    unreachable,
  ],
];

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
  const { message: said, status } = daemonFailure(error);
  const told = status !== undefined || error instanceof PullFailed;
  if (!told) return translateEngineError(error, `pulling ${name}`, endpoint);
  const pull = { name, registry: registryOf(name), login };
  const translate = texts.find(([pattern]) => pattern.test(said))?.[1];
  if (translate !== undefined) return translate(said, pull, { cause: error });
  return new EnvironmentError(`The engine could not pull ${name}: ${said}`, [], { cause: error });
}
