import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import type Dockerode from 'dockerode';
import { type ContainerFiles, platform, type RunPlan } from './port.ts';
import { daemonFailure } from './translate.ts';

/** The engine's form of a plan. */
export function containerSpec(plan: RunPlan): Dockerode.ContainerCreateOptions {
  return {
    name: plan.name,
    Image: plan.image,
    platform,
    ...(plan.command.length > 0 && { Cmd: [...plan.command] }),
    ...(plan.user !== undefined && { User: plan.user }),
    Env: Object.entries(plan.environment).map(([name, value]) => `${name}=${value}`),
    Labels: { ...plan.labels },
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: {
      Mounts: plan.mounts.map((mount) => ({
        Type: 'bind',
        Source: mount.source,
        Target: mount.target,
        ReadOnly: mount.readOnly,
      })),
      ...(plan.network === 'none' && { NetworkMode: 'none' }),
      ...(plan.gpus === 'all' && {
        DeviceRequests: [{ Driver: '', Count: -1, Capabilities: [['gpu']] }],
      }),
      ShmSize: plan.shmBytes,
      Init: plan.init,
      // What the container prints comes to us; a second copy could fill the engine's disk.
      LogConfig: { Type: 'none', Config: {} },
      ...(plan.unprivileged && { CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges'] }),
      ...limitSpec(plan),
    },
  };
}

function limitSpec({ limits }: RunPlan): Dockerode.HostConfig {
  const { memoryBytes, cpus, pids } = limits;
  return {
    ...(memoryBytes !== undefined && { Memory: memoryBytes, MemorySwap: memoryBytes }),
    ...(cpus !== undefined && { NanoCpus: Math.round(cpus * 1e9) }),
    ...(pids !== undefined && { PidsLimit: pids }),
  };
}

/** What an engine says of a symlink that leads to itself. */
const leadsNowhere = /too many (links|levels of symbolic links)/i;

/** The archive calls of the engine, which reach a container's files and its mounts. */
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
      await container.putArchive(tar, { path: folder });
    },
    async get(path) {
      return orUndefined(async () => (await container.getArchive({ path })) as unknown as Readable);
    },
  };
}

async function orUndefined<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    const { status, message } = daemonFailure(error);
    if (status === 404 || leadsNowhere.test(message)) return undefined;
    throw error;
  }
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
export async function endOf(
  container: Dockerode.Container,
  ended: AbortSignal,
): Promise<ContainerState> {
  for (let pause = firstPause; ; pause = Math.min(pause * 2, longestPause)) {
    const { State: state } = await container.inspect();
    if (!state.Running) return state;
    await setTimeout(pause, undefined, { signal: ended });
  }
}
