import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { setupOf } from '../../src/engine/docker.ts';
import {
  AccessDenied,
  EngineDiskFull,
  EngineUnreachable,
  ImageNotFound,
  RegistryUnreachable,
} from '../../src/engine/errors.ts';
import type { LayerProgress } from '../../src/engine/port.ts';
import { followPull, PullFailed, registryOf, translatePullError } from '../../src/engine/pull.ts';
import { EnvironmentError, UsageError } from '../../src/errors.ts';

const follow = async (events: object[], now?: () => number) => {
  const layers: LayerProgress[] = [];
  const warnings: string[] = [];
  const stream = Readable.from(events.map((event) => Buffer.from(`${JSON.stringify(event)}\r\n`)));
  await followPull(
    stream,
    { onLayer: (it) => layers.push(it), onWarning: (it) => warnings.push(it) },
    now,
  );
  return { layers, warnings };
};

const event = (id: string, status: string, progressDetail: object = {}) => ({
  id,
  status,
  progressDetail,
});

describe('followPull', () => {
  it('reads what Docker 20.10 says', async () => {
    const { layers } = await follow([
      event('latest', 'Pulling from vsc-probe'),
      event('9c91', 'Already exists'),
      event('af46', 'Pulling fs layer'),
      event('af46', 'Downloading', { current: 36445, total: 3001119 }),
      event('af46', 'Verifying Checksum'),
      event('af46', 'Download complete'),
      event('af46', 'Extracting', { current: 32768, total: 3001119 }),
      event('af46', 'Pull complete'),
      { status: 'Digest: sha256:084e' },
      { status: 'Status: Downloaded newer image for x' },
    ]);
    expect(layers).toEqual([
      { layer: '9c91', state: 'present' },
      { layer: 'af46', state: 'waiting' },
      { layer: 'af46', state: 'downloading', completed: 36445, total: 3001119 },
      { layer: 'af46', state: 'downloaded' },
      { layer: 'af46', state: 'downloaded' },
      { layer: 'af46', state: 'extracting', completed: 32768, total: 3001119 },
      { layer: 'af46', state: 'done' },
    ]);
  });

  it('does not take the seconds of the containerd store for bytes', async () => {
    const { layers } = await follow([event('a', 'Extracting', { current: 3, units: 's' })]);
    expect(layers).toEqual([{ layer: 'a', state: 'extracting' }]);
  });

  it('passes a warning on', async () => {
    const text = 'image with reference x was found but does not match the specified platform';
    expect((await follow([{ status: `WARNING: ${text}` }])).warnings).toEqual([text]);
  });

  it.each([
    { error: 'no space left on device', errorDetail: { message: 'no space left on device' } },
    { errorDetail: { message: 'no space left on device' } },
  ])('throws what comes with status 200: %j', async (failure) => {
    const failed = follow([event('a', 'Pulling fs layer'), failure]);
    await expect(failed).rejects.toThrow(new PullFailed('no space left on device'));
  });

  it('gives up when nothing has come for long after the downloads broke off', async () => {
    const countdown = Array.from({ length: 200 }, () => event('a', 'Retrying in 5 seconds'));
    let time = 0;
    const clock = () => {
      time += 1000;
      return time;
    };
    await expect(follow(countdown, clock)).rejects.toThrow(/broke off and timed out after 90/);
    const withB = (current: (index: number) => number) =>
      countdown.flatMap((it, index) => [
        it,
        event('b', 'Downloading', { current: current(index) }),
      ]);
    const anew = withB(() => 1);
    await expect(follow(anew, clock)).rejects.toThrow(/broke off/);
    const lively = withB((index) => index + 1);
    await expect(follow(lively, clock)).resolves.toBeDefined();
  });
});

describe('translatePullError', () => {
  const name = '127.0.0.1:5000/x:1';
  const login = { serverAddress: '127.0.0.1:5000', source: 'the config' };

  it.each([
    ['manifest for x:1 not found: manifest unknown: manifest unknown', ImageNotFound],
    ['repository name not known to registry', ImageNotFound],
    ['reading manifest 1 in 127.0.0.1:5000/x: manifest unknown', ImageNotFound],
    ['no matching manifest for linux/amd64 in the manifest list entries', ImageNotFound],
    [
      'Get "http://127.0.0.1:5000/v2/": dial tcp 127.0.0.1:5000: connect: connection refused',
      RegistryUnreachable,
    ],
    [
      'Get "https://x.invalid/v2/": dial tcp: lookup x.invalid on 10.0.0.1:53: no such host',
      RegistryUnreachable,
    ],
    [
      'Get "https://x/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
      RegistryUnreachable,
    ],
    ['received unexpected HTTP status: 500 Internal Server Error', RegistryUnreachable],
    ['Get "https://x/v2/": http: server gave HTTP response to HTTPS client', RegistryUnreachable],
    ['Get "https://x/v2/": x509: certificate signed by unknown authority', RegistryUnreachable],
    ['unexpected EOF', RegistryUnreachable],
    ['Head "http://127.0.0.1:5000/v2/x/manifests/1": no basic auth credentials', AccessDenied],
    ['unauthorized: authentication required', AccessDenied],
    [
      "pull access denied for x, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
      AccessDenied,
    ],
    ['unable to retrieve auth token: invalid username/password: unauthorized', AccessDenied],
    ['write /var/lib/docker/tmp/GetImageBlob1: no space left on device', EngineDiskFull],
    [
      'failed to register layer: Error processing tar file(exit status 1): write /b: no space left on device',
      EngineDiskFull,
    ],
    ['toomanyrequests: You have reached your pull rate limit.', EnvironmentError],
    ['invalid reference format: repository name must be lowercase', UsageError],
    ['something new', EnvironmentError],
  ])('%s', (said, type) => {
    for (const error of [
      new PullFailed(said),
      Object.assign(new Error(`(HTTP code 500) server error - ${said} `), { statusCode: 500 }),
    ]) {
      const translated = translatePullError(error, name, 'unix:///x (default)');
      expect(translated.constructor).toBe(type);
      expect(translated.message).toContain(said);
    }
  });

  it('tells a refused login from a missing one', () => {
    const error = new PullFailed('unauthorized: authentication required');
    const refused = translatePullError(error, name, 'x', login);
    expect(refused.message).toContain('with the login from the config');
    const missing = translatePullError(error, name, 'x');
    expect(missing.message).toContain('no login for it');
  });

  it("knows the engine's own absence from the registry's", () => {
    const error = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    expect(translatePullError(error, name, 'unix:///x')).toBeInstanceOf(EngineUnreachable);
  });

  it('leaves a bug a bug', () => {
    const bug = new TypeError('x is not a function');
    expect(translatePullError(bug, name, 'x')).toBe(bug);
  });
});

it.each([
  ['metavsc.azurecr.io/meta-vsc-descriptor-runtime:cpu-latest', 'metavsc.azurecr.io'],
  ['127.0.0.1:5000/x@sha256:0', '127.0.0.1:5000'],
  ['localhost/x', 'localhost'],
  ['somebody/x:1', 'docker.io'],
  ['debian:bookworm-slim', 'docker.io'],
])('the registry of %s is %s', (name, registry) => {
  expect(registryOf(name)).toBe(registry);
});

it('reads how an engine is set up, whatever it leaves out', () => {
  expect(setupOf({})).toMatchObject({ architecture: '', runtimes: [], cdiFolders: [] });
  expect(
    setupOf({
      Architecture: 'x86_64',
      NCPU: 8,
      OSType: 'linux',
      DockerRootDir: '/var/lib/docker',
      Runtimes: { runc: { path: 'runc' }, nvidia: { path: 'nvidia-container-runtime' } },
      DefaultRuntime: 'runc',
      CDISpecDirs: ['/etc/cdi'],
      DiscoveredDevices: [{ Source: 'cdi', ID: 'nvidia.com/gpu=all' }],
    }),
  ).toEqual({
    architecture: 'amd64',
    os: 'linux',
    cores: 8,
    dataRoot: '/var/lib/docker',
    runtimes: ['runc', 'nvidia'],
    defaultRuntime: 'runc',
    cdiFolders: ['/etc/cdi'],
    cdiDevices: ['nvidia.com/gpu=all'],
  });
});
