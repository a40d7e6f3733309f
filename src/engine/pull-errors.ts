import { EnvironmentError, UsageError, VscError } from '../errors.ts';
import { AccessDenied, EngineDiskFull, ImageNotFound, RegistryUnreachable } from './errors.ts';
import { platform, type RegistryLogin } from './port.ts';
import { daemonFailure, type TranslatedError, translateEngineError } from './translate.ts';

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
      const logIn = `docker login${registry === 'docker.io' ? '' : ` ${registry}`}`;
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
