import { EnvironmentError, systemCode, VscError } from '../errors.ts';

/** Nothing answers where the engine should be. */
export class EngineUnreachable extends EnvironmentError {
  static override readonly reason = 'engine';
}

/** The engine has no such image, or a registry has not. */
export class ImageNotFound extends EnvironmentError {
  static override readonly reason = 'image';
}

/** A container was to have the GPU, and the engine can't give it one. */
export class GpuUnavailable extends EnvironmentError {}

/** The engine can't talk to the registry. */
export class RegistryUnreachable extends EnvironmentError {}

/** The registry wants a login, or another one. Some say so of images that don't exist, too. */
export class AccessDenied extends EnvironmentError {}

/** The disk that the engine keeps images and containers on is full. */
export class EngineDiskFull extends EnvironmentError {
  static override readonly reason = 'engine-disk';
}

/** A file or folder to be mounted is not on the engine's machine. */
export class MountSourceMissing extends EnvironmentError {}

/** A container of that name exists already. */
export class NameTaken extends EnvironmentError {}

/** A step of an image build failed. `exitCode` is the failed command's, where there was one. */
export class BuildFailed extends VscError {
  readonly exitCode: number | undefined;

  constructor(message: string, exitCode: number | undefined, next: readonly string[] = []) {
    super(message, next);
    this.exitCode = exitCode;
  }
}

/**
 * The typed error for what a call to the engine threw. What can't be told from its words stays an
 * `EnvironmentError` with the engine's message and the call that failed.
 */
export function translateEngineError(error: unknown, doing: string, endpoint: string): Error {
  if (error instanceof VscError) return error;
  const { message, status } = daemonFailure(error);
  const options = { cause: error };
  const lost = whyUnreachable(systemCode(error), message, endpoint);
  if (lost !== undefined) return new EngineUnreachable(lost.what, [lost.next], options);
  const meaning = meanings.find(([pattern]) => pattern.test(message));
  if (meaning !== undefined) {
    const [, type, what, ...next] = meaning;
    return new type(what === '' ? message : `${what}: ${message}`, next, options);
  }
  if (status === undefined) return error instanceof Error ? error : new Error(message);
  const what = `The container engine failed while ${doing}`;
  return new EnvironmentError(`${what}: ${message}`, [], { ...options, reason: 'engine' });
}

/** What the engine or the way to it said, as far as it is known. */
export interface DaemonFailure {
  readonly message: string;
  readonly status?: number;
}

/** The engine's words in an error of dockerode, without its `(HTTP code 404) no such container - `. */
export function daemonFailure(error: unknown): DaemonFailure {
  const text = error instanceof Error ? error.message : String(error);
  const message = text.replace(/^\(HTTP code \d+\)[^-]*- /, '').trim();
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return { message };
  return { message, status: Number(error.statusCode) };
}

/** What the texts of engines may turn into. */
export type TranslatedError = new (
  ...parts: ConstructorParameters<typeof EnvironmentError>
) => VscError;

/** Texts by which engines tell the failures that users can mend, most particular first. */
const meanings: ReadonlyArray<
  readonly [pattern: RegExp, type: TranslatedError, what: string, ...next: string[]]
> = [
  [
    /could not select device driver|nvidia-container-cli|unresolvable CDI devices|failed to discover GPU/i,
    GpuUnavailable,
    "The engine can't give a container the GPU",
    'Run on the CPU: CPU_OR_GPU=cpu.',
    'Run the gpu image without a GPU: SKIP_GPU=true.',
    'Or install the NVIDIA Container Toolkit and restart the engine.',
  ],
  [
    /no space left on device/i,
    EngineDiskFull,
    "The engine's disk is full",
    'Free some space, e.g. with "docker system prune".',
  ],
  [
    /no such image|manifest .*(unknown|not found)|repository .* not found|image not known/i,
    ImageNotFound,
    '',
    'Run "vsc pull" or "vsc build --slim".',
  ],
  [
    /bind source path does not exist|statfs .*no such file or directory/i,
    MountSourceMissing,
    'The engine lacks what is to be mounted',
  ],
  [/name .*already in use/i, NameTaken, '', 'Try again.'],
];

const start =
  'Start Docker (Docker Desktop, or "sudo systemctl start docker"), or set DOCKER_HOST to where it is.';

/** What a failed connection comes from, or undefined if the engine was reached. */
function whyUnreachable(code: string | undefined, said: string, endpoint: string) {
  const engine = `The container engine at ${endpoint}`;
  switch (code) {
    case 'ENOENT':
      return { what: `No container engine at ${endpoint}.`, next: start };
    case 'ECONNREFUSED':
      return { what: `${engine} is not running: the connection was refused.`, next: start };
    case 'EACCES':
    case 'EPERM':
      return {
        what: `No permission to use the container engine at ${endpoint}.`,
        next: 'Add yourself to its group with "sudo usermod -aG docker $USER" and log in again.',
      };
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
    case 'ECONNRESET':
    case 'EPIPE':
      return {
        what: `${engine} can't be reached: ${said}.`,
        next: 'Check that it is running, and DOCKER_HOST or the Docker context that names it.',
      };
    default:
      return undefined;
  }
}
