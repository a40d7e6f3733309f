import type { Readable } from 'node:stream';
import type Dockerode from 'dockerode';
import { AccessDenied } from './errors.ts';
import { type LayerProgress, type PullIO, platform, type RegistryLogin } from './port.ts';
import { PullFailed, registryOf, translatePullError } from './pull-errors.ts';
import { jsonLines } from './streams.ts';

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

/**
 * Milliseconds without a byte after which broken downloads are hopeless. Docker tries each layer for
 * 75 seconds (five times, 5 to 25 seconds apart), but three layers at a time and to the last of them.
 */
const stallTimeout = 90_000;

/** Reads a pull's events to their end. @throws PullFailed with the engine's words */
export async function followPull(
  stream: Readable,
  io: Pick<PullIO, 'onLayer' | 'onWarning'>,
  now: () => number = () => performance.now(),
): Promise<void> {
  /** How far each layer came at best, so that beginning anew doesn't look like going on. */
  const best = new Map<string, number>();
  let moved = now();
  for await (const event of jsonLines(stream)) {
    const detail = event.errorDetail as { message?: unknown } | undefined;
    const failure = event.error ?? detail?.message;
    if (failure !== undefined && failure !== null) throw new PullFailed(String(failure));
    const { status } = event;
    if (typeof status !== 'string') continue;
    if (status.startsWith('WARNING: ')) io.onWarning(status.slice('WARNING: '.length));
    const progress = layerProgress(event, status);
    if (progress === undefined) continue;
    io.onLayer(progress);
    const { layer, state, completed = 0 } = progress;
    if (completed > (best.get(`${layer} ${state}`) ?? 0)) {
      best.set(`${layer} ${state}`, completed);
      moved = now();
    } else if (state === 'retrying' && now() - moved > stallTimeout) {
      throw new PullFailed(
        `the downloads broke off and timed out after ${stallTimeout / 1000} seconds`,
      );
    }
  }
}

/** Beginnings of the engines' words for the states of a layer. */
const states: ReadonlyArray<readonly [string, LayerProgress['state']]> = [
  ['Pulling fs layer', 'waiting'],
  ['Waiting', 'waiting'],
  ['Downloading', 'downloading'],
  ['Verifying Checksum', 'downloaded'],
  ['Download complete', 'downloaded'],
  ['Extracting', 'extracting'],
  ['Pull complete', 'done'],
  ['Already exists', 'present'],
  ['Retrying in', 'retrying'],
];

function layerProgress(
  event: Readonly<Record<string, unknown>>,
  status: string,
): LayerProgress | undefined {
  const state = states.find(([words]) => status.startsWith(words))?.[1];
  if (state === undefined || typeof event.id !== 'string') return undefined;
  const { current, total, units } = (event.progressDetail ?? {}) as Record<string, unknown>;
  // The containerd image store counts an extraction in seconds.
  const counts = units === undefined;
  return {
    layer: event.id,
    state,
    ...(counts && typeof current === 'number' && { completed: current }),
    ...(counts && typeof total === 'number' && total > 0 && { total }),
  };
}
