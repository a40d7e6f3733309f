import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import type Dockerode from 'dockerode';
import { EnvironmentError } from '../errors.ts';
import { daemonFailure } from './errors.ts';
import {
  type ContainerFiles,
  type ContainerIO,
  type Gpus,
  type InteractiveStreams,
  platform,
  type RunPlan,
} from './port.ts';
import { frames } from './streams.ts';

/** A standard input that ends where the one connection to it does. */
export const openInput = { OpenStdin: true, StdinOnce: true, AttachStdin: true } as const;

/** The engine's form of a plan. */
export function containerSpec(plan: RunPlan): Dockerode.ContainerCreateOptions {
  const { memoryBytes, cpus, pids, diskBytes } = plan.limits;
  return {
    name: plan.name,
    Image: plan.image,
    platform,
    ...(plan.command.length > 0 && { Cmd: [...plan.command] }),
    ...(plan.user !== undefined && { User: plan.user }),
    Env: Object.entries(plan.environment).map(
      ([name, value]) => `${name}=${typeof value === 'string' ? value : value.reveal()}`,
    ),
    Labels: { ...plan.labels },
    AttachStdout: true,
    AttachStderr: true,
    ...(plan.readsInput && openInput),
    HostConfig: {
      Mounts: plan.mounts.map((mount) => ({
        Type: 'bind',
        Source: mount.source,
        Target: mount.target,
        ReadOnly: mount.readOnly,
      })),
      ...(plan.network === 'none' && { NetworkMode: 'none' }),
      ...(plan.gpus !== 'none' && { DeviceRequests: [gpuRequest(plan.gpus)] }),
      ShmSize: plan.shmBytes,
      Init: plan.init,
      // What the container prints comes to us; a second copy could fill the engine's disk.
      LogConfig: { Type: 'none', Config: {} },
      ...(plan.unprivileged && { CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges'] }),
      ...(memoryBytes !== undefined && { Memory: memoryBytes, MemorySwap: memoryBytes }),
      ...(cpus !== undefined && { NanoCpus: Math.round(cpus * 1e9) }),
      ...(pids !== undefined && { PidsLimit: pids }),
      // The kernel refuses a single larger file at once; the sum of them is watched.
      ...(diskBytes !== undefined && {
        Ulimits: [{ Name: 'fsize', Soft: diskBytes, Hard: diskBytes }],
      }),
    },
  };
}

/** The engine's form of a wish for GPUs, all of them or some. */
function gpuRequest(gpus: Exclude<Gpus, 'none'>): Dockerode.DeviceRequest {
  const which = gpus === 'all' ? { Count: -1 } : { DeviceIDs: [...gpus] };
  return { Driver: '', ...which, Capabilities: [['gpu']] };
}

/**
 * Connects to a container that has been created, before its start: attached to later, the output of
 * a short run is lost. The connection lasts until `ended` is aborted.
 */
export async function attach(
  container: Dockerode.Container,
  { onCreated, signal }: ContainerIO,
  ended: AbortSignal,
  options: Dockerode.ContainerAttachOptions = {},
): Promise<Duplex> {
  await onCreated?.(containerFiles(container));
  const attached = (await container.attach({
    stream: true,
    stdout: true,
    stderr: true,
    hijack: true,
    ...options,
  })) as Duplex;
  attached.on('error', () => {}); // reading it throws the same
  ended.addEventListener('abort', () => attached.destroy());
  signal.throwIfAborted();
  return attached;
}

/**
 * Starts a container that is stopped when `signal` is aborted before it has `ended`.
 * @param graceSeconds between the polite signal, which a process 1 may well ignore, and the kill
 * @returns what stops it for other reasons
 */
export async function start(
  container: Dockerode.Container,
  signal: AbortSignal,
  ended: AbortSignal,
  graceSeconds: number,
): Promise<() => void> {
  const stop = () => {
    container.stop({ t: graceSeconds }).catch(() => {}); // its state tells how it ended
  };
  signal.addEventListener('abort', stop, { signal: ended });
  await container.start();
  if (signal.aborted) stop();
  return stop;
}

/** How a container stands, in the engine's words. */
export type ContainerState = Dockerode.ContainerInspectInfo['State'];

/** Milliseconds between two looks at a container whose output has ended: soon, then seldom. */
const firstPause = 10;
const longestPause = 1000;

/**
 * The state of a container once it no longer runs, looked at again and again. The engine could be
 * asked to wait, but over a slow connection it may be asked after the end, and then says nothing for
 * ever; and one that dies meanwhile never finishes an answer that it has begun.
 * @throws when the engine can't be asked, or `ended` is aborted
 */
export async function stateAfterExit(
  container: Dockerode.Container,
  ended: AbortSignal,
): Promise<ContainerState> {
  for (let pause = firstPause; ; pause = Math.min(pause * 2, longestPause)) {
    const { State: state } = await container.inspect();
    if (!state.Running) return state;
    await setTimeout(pause, undefined, { signal: ended });
  }
}

/** Milliseconds that the end of a container may come after its connection broke. */
const endSlack = 2000;

/** Passes a container's output on until there is no more. */
export async function passOn(
  container: Dockerode.Container,
  attached: Duplex,
  { terminal, onOutput }: Pick<InteractiveStreams, 'terminal' | 'onOutput'>,
  ended: AbortSignal,
): Promise<void> {
  try {
    if (terminal === undefined) {
      for await (const { source, payload } of frames(attached)) await onOutput(payload, source);
    } else {
      for await (const chunk of attached) await onOutput(chunk, 'stdout');
    }
  } catch (error) {
    // Input that a container no longer reads breaks the connection when the container ends.
    const exited = stateAfterExit(container, ended).then(() => true);
    const late = setTimeout(endSlack, false, { ref: false });
    if (!(await Promise.race([exited, late]))) throw error;
  }
}

/**
 * The archive calls of the engine, which reach a container's files and its mounts. Of a container that has just
 * ended Podman 4.3 may give an archive without a byte, which none is: it is asked again.
 */
export function containerFiles(container: Dockerode.Container): ContainerFiles {
  return {
    async stat(path) {
      const response = await orUndefined(() => container.infoArchive({ path }));
      if (response === undefined) return undefined;
      const { headers } = (response as unknown as IncomingMessage).resume();
      const text = String(headers['x-docker-container-path-stat'] ?? '');
      const facts = JSON.parse(Buffer.from(text, 'base64').toString());
      return { bytes: facts.size, modified: Date.parse(facts.mtime) };
    },
    async put(folder, tar) {
      const broken = new AbortController();
      tar.once('error', (error) => broken.abort(error));
      try {
        await container.putArchive(tar, { path: folder, abortSignal: broken.signal });
      } catch (error) {
        throw tar.errored ?? error; // the request broke off since its body did
      }
    },
    async get(path) {
      for (let pause = firstPause; pause < longestPause; pause *= 2) {
        const tar = await orUndefined(() => container.getArchive({ path }));
        const answer = tar as unknown as IncomingMessage | undefined;
        if (answer?.headers['content-length'] !== '0') return answer;
        answer.resume();
        await setTimeout(pause);
      }
      throw new EnvironmentError(`The engine gives nothing of ${path}, though it is there.`, [], {
        reason: 'engine',
      });
    },
  };
}

/** What an engine says of a symlink that leads to itself. */
const leadsNowhere = /too many (links|levels of symbolic links)/i;

async function orUndefined<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    const { status, message } = daemonFailure(error);
    if (status === 404 || leadsNowhere.test(message)) return undefined;
    throw error;
  }
}
