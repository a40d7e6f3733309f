import { connect } from 'node:net';
import { join } from 'node:path';
import { systemCode } from '../errors.ts';
import { EngineUnreachable } from './errors.ts';

/** What the usual places of sockets depend on. */
export interface SocketWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly platform: NodeJS.Platform;
  /** What is at a path; a test may know better than the system. */
  readonly knock?: (path: string) => Promise<Knock>;
}

/** A place where an engine's socket usually is, and whose it is there. */
export interface SocketPlace {
  readonly path: string;
  /** For people: `Colima`; `default` is Docker's own, whatever stands behind it. */
  readonly of: string;
}

/**
 * What a socket does: `answers`; `silent`, since it is there and nobody listens; `absent`; or `closed`, where
 * something else keeps us out, permissions mostly.
 */
export type Knock = 'answers' | 'silent' | 'absent' | 'closed';

/** Where sockets are on a platform, in their order, and how their engines are started, a line each. */
interface Usual {
  readonly places: (world: SocketWorld) => readonly SocketPlace[];
  readonly starts: readonly string[];
}

/** Docker's own place first, then other engines that are Docker, and Podman where there is nothing else. */
const usual: Readonly<Record<'linux' | 'darwin' | 'win32', Usual>> = {
  linux: {
    places: (world) => [
      { path: '/var/run/docker.sock', of: 'default' },
      ...inRuntimeFolder(world, 'docker.sock', 'rootless Docker'),
      { path: join(world.home, '.docker/run/docker.sock'), of: 'rootless Docker' },
      { path: join(world.home, '.docker/desktop/docker.sock'), of: 'Docker Desktop' },
      { path: join(world.home, '.rd/docker.sock'), of: 'Rancher Desktop' },
      ...colima(world),
      { path: '/run/podman/podman.sock', of: 'Podman' },
      ...inRuntimeFolder(world, 'podman/podman.sock', 'rootless Podman'),
    ],
    starts: [
      'Start Docker: sudo systemctl start docker',
      'Or rootless Docker: systemctl --user start docker',
      'Or Podman: systemctl --user start podman.socket',
    ],
  },
  darwin: {
    places: (world) => [
      { path: '/var/run/docker.sock', of: 'default' },
      { path: join(world.home, '.docker/run/docker.sock'), of: 'Docker Desktop' },
      { path: join(world.home, '.orbstack/run/docker.sock'), of: 'OrbStack' },
      ...colima(world),
      { path: join(world.home, '.rd/docker.sock'), of: 'Rancher Desktop' },
      ...podmanMachine(world),
    ],
    starts: [
      'Start Docker Desktop: open -a Docker',
      'Or OrbStack: open -a OrbStack',
      'Or Colima: colima start',
      'Or Rancher Desktop: open -a "Rancher Desktop"',
      'Or Podman: podman machine start',
    ],
  },
  win32: {
    // Rancher Desktop has the first one too.
    places: () => [
      { path: '//./pipe/docker_engine', of: 'default' },
      { path: '//./pipe/dockerDesktopLinuxEngine', of: 'Docker Desktop' },
      { path: '//./pipe/podman-machine-default', of: 'Podman machine' },
    ],
    starts: [
      'Start Docker Desktop or Rancher Desktop from the Start menu.',
      'Or Podman: podman machine start',
    ],
  },
};

function usualOn(platform: NodeJS.Platform): Usual {
  return platform === 'darwin' || platform === 'win32' ? usual[platform] : usual.linux;
}

function inRuntimeFolder({ env }: SocketWorld, name: string, of: string): SocketPlace[] {
  const folder = env.XDG_RUNTIME_DIR;
  return folder ? [{ path: join(folder, name), of }] : [];
}

/** Where Colima keeps its profile (abiosoft/colima, `config/files.go`); before 0.4 there was one only. */
function colima({ env, home }: SocketWorld): SocketPlace[] {
  const profile = env.COLIMA_PROFILE || 'default';
  const folders = [
    ...(env.COLIMA_HOME ? [env.COLIMA_HOME] : []),
    join(home, '.colima'),
    join(env.XDG_CONFIG_HOME || join(home, '.config'), 'colima'),
  ];
  const paths = folders.map((folder) => join(folder, profile, 'docker.sock'));
  return [...paths, join(home, '.colima/docker.sock')].map((path) => ({ path, of: 'Colima' }));
}

/** Podman 5 and later, then what its helper links, then Podman 4 (containers/podman, `pkg/machine`). */
function podmanMachine({ env, home }: SocketWorld): SocketPlace[] {
  const machine = 'podman-machine-default';
  const data = join(home, '.local/share/containers/podman/machine');
  return [
    join(env.TMPDIR || '/tmp', 'podman', `${machine}-api.sock`),
    join(data, 'podman.sock'),
    join(data, machine, 'podman.sock'),
    join(data, 'qemu/podman.sock'),
  ].map((path) => ({ path, of: 'Podman machine' }));
}

/**
 * The first socket that is there; one that nobody listens at is passed over for another that somebody does.
 * @throws EngineUnreachable where none is there, with all that was looked for
 */
export async function findSocket(world: SocketWorld): Promise<SocketPlace> {
  const { knock = knockAt } = world;
  const looked = usualOn(world.platform).places(world);
  let silent: SocketPlace | undefined;
  for (const place of looked) {
    const found = await knock(place.path);
    if (found === 'answers' || found === 'closed') return place;
    if (found === 'silent') silent ??= place;
  }
  if (silent !== undefined) return silent;
  throw noneOf(looked, world.platform);
}

/** Connects for a moment: what refuses does so at once. */
export async function knockAt(path: string): Promise<Knock> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const say = (found: Knock) => {
      socket.destroy();
      resolve(found);
    };
    socket.once('connect', () => say('answers'));
    socket.once('error', (error) => say(meanings[systemCode(error) ?? ''] ?? 'closed'));
  });
}

const meanings: Readonly<Record<string, Knock>> = {
  ENOENT: 'absent',
  ENOTDIR: 'absent',
  ECONNREFUSED: 'silent',
  ENOTSOCK: 'silent',
};

function noneOf(looked: readonly SocketPlace[], platform: NodeJS.Platform): EngineUnreachable {
  const paths = (of: string) => looked.flatMap((place) => (place.of === of ? place.path : []));
  const owners = [...new Set(looked.map(({ of }) => of))];
  const lines = owners.map(
    (of) => `  ${of === 'default' ? 'Docker' : of}: ${paths(of).join(', ')}`,
  );
  return new EngineUnreachable(
    `No container engine is running: none of these sockets is there.\n${lines.join('\n')}`,
    [...usualOn(platform).starts, 'Or set DOCKER_HOST to where the engine is.'],
  );
}
