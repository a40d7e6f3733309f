import { describe, expect, it } from 'vitest';
import {
  daemonFailure,
  EngineDiskFull,
  EngineUnreachable,
  GpuUnavailable,
  ImageNotFound,
  MountSourceMissing,
  NameTaken,
  translateEngineError,
} from '../../src/engine/errors.ts';
import { EnvironmentError, UsageError } from '../../src/errors.ts';

const place = 'unix:///var/run/docker.sock (default)';

/** An error as dockerode throws it. */
const http = (statusCode: number, reason: string, text: string) =>
  Object.assign(new Error(`(HTTP code ${statusCode}) ${reason} - ${text} `), { statusCode });

const system = (code: string) => Object.assign(new Error(`connect ${code}`), { code });

describe('translateEngineError', () => {
  it.each([
    [system('ENOENT'), EngineUnreachable, 'No container engine at unix:'],
    [system('ECONNREFUSED'), EngineUnreachable, 'is not running'],
    [system('EACCES'), EngineUnreachable, 'No permission'],
    [system('ECONNRESET'), EngineUnreachable, "can't be reached"],
    [http(404, 'no such image', 'No such image: a:b'), ImageNotFound, 'No such image: a:b'],
    [
      http(409, 'conflict', 'The container name "/x" is already in use by container "y".'),
      NameTaken,
      'already in use',
    ],
    [
      http(500, 'server error', 'write /var/lib/docker/x: no space left on device'),
      EngineDiskFull,
      'disk is full',
    ],
    [
      http(500, 'server error', 'could not select device driver "" with capabilities: [[gpu]]'),
      GpuUnavailable,
      'could not select device driver',
    ],
    [
      http(
        400,
        'bad parameter',
        'invalid mount config for type "bind": bind source path does not exist: /x',
      ),
      MountSourceMissing,
      'lacks what is to be mounted',
    ],
    [
      http(400, 'bad parameter', 'invalid mount config'),
      EnvironmentError,
      'while testing: invalid mount config',
    ],
  ])('%s', (error, type, message) => {
    const translated = translateEngineError(error, 'testing', place);
    expect(translated).toBeInstanceOf(type);
    expect(translated.message).toContain(message);
    expect(translated.cause).toBe(error);
  });

  it('says the three ways on where there is no GPU', () => {
    const error = http(500, 'server error', 'could not select device driver "" with capabilities');
    const { next } = translateEngineError(error, 'testing', place) as GpuUnavailable;
    expect(next.join('\n')).toMatch(/CPU_OR_GPU=cpu[\s\S]*SKIP_GPU=true[\s\S]*Container Toolkit/);
  });

  it('leaves a bug a bug', () => {
    const bug = new TypeError('x is not a function');
    expect(translateEngineError(bug, 'testing', place)).toBe(bug);
  });

  it.each([
    ['ENOENT', `No container engine at ${place}.`, /^Start Docker/],
    [
      'ECONNREFUSED',
      `The container engine at ${place} is not running: the connection was refused.`,
      /^Start Docker/,
    ],
    ['EACCES', `No permission to use the container engine at ${place}.`, /usermod -aG docker/],
    ['EPERM', `No permission to use the container engine at ${place}.`, /usermod -aG docker/],
    ...[
      'ENOTFOUND',
      'EAI_AGAIN',
      'EHOSTUNREACH',
      'ENETUNREACH',
      'ETIMEDOUT',
      'ECONNRESET',
      'EPIPE',
    ].map(
      (code) =>
        [
          code,
          `The container engine at ${place} can't be reached: connect ${code}.`,
          /^Check that it is running/,
        ] as const,
    ),
  ] as const)('says of %s what it means and what to do', (code, message, next) => {
    const translated = translateEngineError(system(code), 'testing', place) as EngineUnreachable;
    expect(translated).toBeInstanceOf(EngineUnreachable);
    expect(translated.message).toBe(message);
    expect(translated.next).toEqual([expect.stringMatching(next)]);
  });

  it.each([
    ['manifest for x:1 not found: manifest unknown', ImageNotFound, 'vsc pull'],
    ['repository x not found: does not exist', ImageNotFound, 'vsc pull'],
    ['x: image not known', ImageNotFound, 'vsc pull'],
    ['nvidia-container-cli: initialization error', GpuUnavailable, 'SKIP_GPU'],
    ['unresolvable CDI devices nvidia.com/gpu=all', GpuUnavailable, 'SKIP_GPU'],
    ['failed to discover GPU vendor', GpuUnavailable, 'SKIP_GPU'],
    ['statfs /x: no such file or directory', MountSourceMissing, ''],
    ['name "x" is already in use', NameTaken, 'Try again.'],
    ['write: no space left on device', EngineDiskFull, 'docker system prune'],
  ])('knows by its words: %s', (said, type, next) => {
    const translated = translateEngineError(http(500, 'server error', said), 'testing', place);
    expect(translated).toBeInstanceOf(type);
    expect(translated.message).toContain(said);
    expect((translated as EnvironmentError).next.join()).toContain(next);
  });

  it('passes on what is told already, and makes an error of what is none', () => {
    const told = new UsageError('no');
    expect(translateEngineError(told, 'testing', place)).toBe(told);
    expect(translateEngineError('gone', 'testing', place)).toEqual(new Error('gone'));
    expect(translateEngineError(null, 'testing', place)).toEqual(new Error('null'));
  });

  it("has the engine's words without the client's", () => {
    expect(daemonFailure(http(409, 'conflict', 'in use - still'))).toEqual({
      message: 'in use - still',
      status: 409,
    });
    expect(daemonFailure(new Error('plain - as it is'))).toEqual({ message: 'plain - as it is' });
  });
});
