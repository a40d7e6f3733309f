import { EnvironmentError, systemCode, VscError } from '../errors.ts';
import {
  EngineDiskFull,
  EngineUnreachable,
  GpuUnavailable,
  ImageNotFound,
  MountSourceMissing,
  NameTaken,
} from './errors.ts';

/** What the engine or the way to it said, as far as it is known. */
export interface DaemonFailure {
  readonly message: string;
  readonly status?: number;
}

/** The engine's words in an error of dockerode, without its `(HTTP code 404) no such container - `. */
export function daemonFailure(error: unknown): DaemonFailure {
  const text = error instanceof Error ? error.message : String(error);
  const message = text.replace(/^\(HTTP code \d+\)[^-]*- /, '').trim();
  const status =
    typeof error === 'object' && error !== null && 'statusCode' in error
      ? Number(error.statusCode)
      : undefined;
  return status === undefined ? { message } : { message, status };
}

const startHint =
  'Start Docker (Docker Desktop, or "sudo systemctl start docker"), or set DOCKER_HOST to where it is.';

/** Translates a failed connection, or returns undefined if the engine was reached. */
function unreachable(error: unknown, endpoint: string): EngineUnreachable | undefined {
  const options = { cause: error };
  switch (systemCode(error)) {
    case 'ENOENT':
      return new EngineUnreachable(`No container engine at ${endpoint}.`, [startHint], options);
    case 'ECONNREFUSED':
      return new EngineUnreachable(
        `The container engine at ${endpoint} is not running: the connection was refused.`,
        [startHint],
        options,
      );
    case 'EACCES':
    case 'EPERM':
      return new EngineUnreachable(
        `No permission to use the container engine at ${endpoint}.`,
        ['Add yourself to its group with "sudo usermod -aG docker $USER" and log in again.'],
        options,
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
    case 'ECONNRESET':
    case 'EPIPE':
      return new EngineUnreachable(
        `The container engine at ${endpoint} can't be reached: ${daemonFailure(error).message}.`,
        ['Check that it is running, and DOCKER_HOST or the Docker context that names it.'],
        options,
      );
    default:
      return undefined;
  }
}

/** Texts by which engines tell the failures that users can mend, most particular first. */
const daemonTexts: ReadonlyArray<
  readonly [RegExp, (message: string, options: ErrorOptions) => EnvironmentError]
> = [
  [
    /could not select device driver|nvidia-container-cli|unresolvable CDI devices|failed to discover GPU/i,
    (message, options) =>
      new GpuUnavailable(
        `The engine can't give a container the GPU: ${message}`,
        [
          'Run on the CPU: CPU_OR_GPU=cpu.',
          'Run the gpu image without a GPU: SKIP_GPU=true.',
          'Or install the NVIDIA Container Toolkit and restart the engine.',
        ],
        options,
      ),
  ],
  [
    /no space left on device/i,
    (message, options) =>
      new EngineDiskFull(
        `The engine's disk is full: ${message}`,
        ['Free some space, e.g. with "docker system prune".'],
        options,
      ),
  ],
  [
    /no such image|manifest .*(unknown|not found)|repository .* not found|image not known/i,
    (message, options) =>
      new ImageNotFound(message, ['Run "vsc pull" or "vsc build --slim".'], options),
  ],
  [
    /bind source path does not exist|statfs .*no such file or directory/i,
    (message, options) =>
      new MountSourceMissing(`The engine lacks what is to be mounted: ${message}`, [], options),
  ],
  [/name .*already in use/i, (message, options) => new NameTaken(message, ['Try again.'], options)],
];

/**
 * The typed error for what a call to the engine threw. What can't be told from its words stays an
 * `EnvironmentError` with the engine's message and the call that failed.
 */
export function translateEngineError(error: unknown, doing: string, endpoint: string): Error {
  if (error instanceof VscError) return error;
  const lost = unreachable(error, endpoint);
  if (lost !== undefined) return lost;
  const { message, status } = daemonFailure(error);
  for (const [pattern, make] of daemonTexts) {
    if (pattern.test(message)) return make(message, { cause: error });
  }
  if (status === undefined) return error instanceof Error ? error : new Error(message);
  return new EnvironmentError(`The container engine failed while ${doing}: ${message}`, [], {
    cause: error,
  });
}
