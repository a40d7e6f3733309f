import type Dockerode from 'dockerode';
import { platform, type RunPlan } from './port.ts';

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
