import { randomBytes } from 'node:crypto';
import type { Limits, RunPlan } from './port.ts';

/** What a container is to do that runs nothing but our own code. */
export interface HelperTask {
  /** Part of the container's name. */
  readonly name: string;
  readonly image: string;
  /** Of Python: a module of the runtime and its arguments. */
  readonly module: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly limits: Limits;
}

/** The container of a helper: no rights, no network, no GPU, and nothing of this machine's. */
export function planHelper({ name, image, module, labels, limits }: HelperTask): RunPlan {
  return {
    name: `vsc-${name}-${randomBytes(4).toString('hex')}`,
    image,
    command: ['python3', '-I', '-m', ...module],
    environment: { PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1' },
    labels,
    mounts: [],
    network: 'none',
    gpus: 'none',
    shmBytes: 64 * 2 ** 20,
    init: true,
    user: '10001:10001',
    unprivileged: true,
    limits,
  };
}
