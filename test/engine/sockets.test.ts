import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findEndpoint } from '../../src/engine/endpoint.ts';
import { EngineUnreachable } from '../../src/engine/errors.ts';
import { type Knock, knockAt } from '../../src/engine/sockets.ts';

/** A home with a short path: that of a socket may have some hundred bytes. */
async function shortHome(): Promise<string> {
  const folder = await mkdtemp('/tmp/vsc-');
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Opens a socket that somebody listens at. */
async function listen(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const server = createServer((client) => client.destroy()).listen(path);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
}

/** Leaves a socket that somebody listened at who was killed. */
async function leave(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 9))`;
  await execa('node', ['-e', script], { reject: false });
}

/** The endpoint for a home, where those of this very machine are not looked at. */
async function find(
  home: string,
  platform: NodeJS.Platform,
  env: Record<string, string> = {},
  own: Knock = 'absent',
) {
  const knock = async (path: string) => (path.startsWith(home) ? knockAt(path) : own);
  const { host, source } = await findEndpoint({ env, home, platform, knock });
  return `${host.replace(home, '~')} (${source})`;
}

const machine = '.local/share/containers/podman/machine';

describe('an engine of the usual place', () => {
  it.each<[string, NodeJS.Platform, Record<string, string>, string]>([
    ['.docker/run/docker.sock', 'darwin', {}, 'Docker Desktop'],
    ['.docker/desktop/docker.sock', 'linux', {}, 'Docker Desktop'],
    ['.docker/run/docker.sock', 'linux', {}, 'rootless Docker'],
    ['run/docker.sock', 'linux', { XDG_RUNTIME_DIR: '~/run' }, 'rootless Docker'],
    ['.orbstack/run/docker.sock', 'darwin', {}, 'OrbStack'],
    ['.rd/docker.sock', 'darwin', {}, 'Rancher Desktop'],
    ['.rd/docker.sock', 'linux', {}, 'Rancher Desktop'],
    ['.colima/default/docker.sock', 'darwin', {}, 'Colima'],
    ['.colima/default/docker.sock', 'linux', {}, 'Colima'],
    ['.colima/docker.sock', 'darwin', {}, 'Colima'],
    ['.colima/big/docker.sock', 'darwin', { COLIMA_PROFILE: 'big' }, 'Colima'],
    ['elsewhere/default/docker.sock', 'darwin', { COLIMA_HOME: '~/elsewhere' }, 'Colima'],
    ['.config/colima/default/docker.sock', 'darwin', {}, 'Colima'],
    ['x/colima/default/docker.sock', 'darwin', { XDG_CONFIG_HOME: '~/x' }, 'Colima'],
    ['t/podman/podman-machine-default-api.sock', 'darwin', { TMPDIR: '~/t' }, 'Podman machine'],
    [`${machine}/podman.sock`, 'darwin', {}, 'Podman machine'],
    [`${machine}/podman-machine-default/podman.sock`, 'darwin', {}, 'Podman machine'],
    [`${machine}/qemu/podman.sock`, 'darwin', {}, 'Podman machine'],
    ['run/podman/podman.sock', 'linux', { XDG_RUNTIME_DIR: '~/run' }, 'rootless Podman'],
  ])('is found at ~/%s on %s with %j: %s', async (path, platform, env, of) => {
    const home = await shortHome();
    await listen(join(home, path));
    const here = Object.entries(env).map(([name, value]) => [name, value.replace('~', home)]);
    expect(await find(home, platform, Object.fromEntries(here))).toBe(`unix://~/${path} (${of})`);
  });

  it.each([
    ['//./pipe/docker_engine', 'default'],
    ['//./pipe/dockerDesktopLinuxEngine', 'Docker Desktop'],
    ['//./pipe/podman-machine-default', 'Podman machine'],
  ])('is found on Windows at the pipe %s: %s', async (pipe, of) => {
    const knock = async (path: string) => (path === pipe ? 'answers' : 'absent');
    const world = { env: {}, home: await shortHome(), platform: 'win32', knock } as const;
    expect(await findEndpoint(world)).toEqual({ host: `npipe://${pipe}`, source: of });
  });

  it.each(['linux', 'darwin', 'freebsd'] as const)('on %s is the default one first', async (on) => {
    const home = await shortHome();
    await listen(join(home, '.rd/docker.sock'));
    const found = 'unix:///var/run/docker.sock (default)';
    expect(await find(home, on, {}, 'answers')).toBe(found);
    // That one may not use it is for the engine's own error to say.
    expect(await find(home, on, {}, 'closed')).toBe(found);
  });

  it('is Podman only where there is no Docker', async () => {
    const home = await shortHome();
    const env = { XDG_RUNTIME_DIR: join(home, 'run') };
    await listen(join(home, 'run/podman/podman.sock'));
    expect(await find(home, 'linux', env)).toContain('(rootless Podman)');
    await listen(join(home, 'run/docker.sock'));
    expect(await find(home, 'linux', env)).toContain('(rootless Docker)');
  });

  it('is not one whose socket was left by an engine that is gone, if another answers', async () => {
    const home = await shortHome();
    await leave(join(home, '.docker/run/docker.sock'));
    const left = 'unix://~/.docker/run/docker.sock (Docker Desktop)';
    expect(await find(home, 'darwin')).toBe(left);
    await mkdir(join(home, '.orbstack/run'), { recursive: true });
    await symlink('/nowhere', join(home, '.orbstack/run/docker.sock'));
    expect(await find(home, 'darwin')).toBe(left);
    await listen(join(home, '.colima/default/docker.sock'));
    expect(await find(home, 'darwin')).toContain('(Colima)');
  });

  it.each<[NodeJS.Platform, string[], string[]]>([
    [
      'linux',
      ['Docker: /var/run/docker.sock', 'Podman: /run/podman/podman.sock'],
      ['sudo systemctl start docker', 'systemctl --user start podman.socket'],
    ],
    [
      'darwin',
      ['OrbStack: ~/.orbstack/run/docker.sock', 'Rancher Desktop: ~/.rd/docker.sock'],
      ['open -a Docker', 'colima start', 'podman machine start'],
    ],
    ['win32', ['Docker: //./pipe/docker_engine'], ['Docker Desktop', 'podman machine start']],
  ])('is on %s missed with what was looked for, and how to start one', async (on, where, how) => {
    const home = await shortHome();
    const error = await find(home, on).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(EngineUnreachable);
    const told = error.message.replaceAll(home, '~').split('\n');
    expect(told).toEqual(expect.arrayContaining(where.map((line) => `  ${line}`)));
    const next = error.next.join('\n');
    for (const words of [...how, 'DOCKER_HOST']) expect(next).toContain(words);
  });
});
