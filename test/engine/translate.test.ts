import { describe, expect, it } from 'vitest';
import {
  EngineDiskFull,
  EngineUnreachable,
  GpuUnavailable,
  ImageNotFound,
  MountSourceMissing,
  NameTaken,
  translateEngineError,
} from '../../src/engine/errors.ts';
import { EnvironmentError } from '../../src/errors.ts';

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
});
