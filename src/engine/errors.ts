import { EnvironmentError, VscError } from '../errors.ts';

/** Nothing answers where the engine should be. */
export class EngineUnreachable extends EnvironmentError {}

/** The engine has no such image, or a registry has not. */
export class ImageNotFound extends EnvironmentError {}

/** A container was to have the GPU, and the engine can't give it one. */
export class GpuUnavailable extends EnvironmentError {}

/** The engine can't talk to the registry. */
export class RegistryUnreachable extends EnvironmentError {}

/** The registry wants a login, or another one. Some say so of images that don't exist, too. */
export class AccessDenied extends EnvironmentError {}

/** The disk that the engine keeps images and containers on is full. */
export class EngineDiskFull extends EnvironmentError {}

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
