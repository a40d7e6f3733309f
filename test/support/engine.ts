import { homedir } from 'node:os';
import { DockerEngine } from '../../src/engine/docker.ts';
import { findEndpoint } from '../../src/engine/endpoint.ts';
import type { RunPlan } from '../../src/engine/port.ts';

/** The real engine of this machine, or the one that an environment names. */
export async function realEngine(env: Readonly<Record<string, string | undefined>> = process.env) {
  const world = { env, home: homedir(), platform: process.platform };
  return new DockerEngine(await findEndpoint(world), world);
}

let runs = 0;

/** A plan that runs `script` with bash in the base of the slim image. */
export function bashPlan(script: string, change: Partial<RunPlan> = {}): RunPlan {
  runs += 1;
  return {
    name: `vsc-test-${process.pid}-${Date.now()}-${runs}`,
    image: 'debian:bookworm-slim',
    command: ['bash', '-c', script],
    environment: {},
    labels: { 'vsc.test': String(process.pid) },
    mounts: [],
    network: 'none',
    gpus: 'none',
    shmBytes: 64 * 1024 ** 2,
    init: true,
    unprivileged: false,
    limits: {},
    ...change,
  };
}
