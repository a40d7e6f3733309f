import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const script = fileURLToPath(new URL('../../scripts/slurm-cluster.sh', import.meta.url));

/** A real Slurm cluster of three nodes on this machine, which stays until it is stopped. */
export interface SlurmCluster {
  /** For all who use it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** As root of it: `scontrol`, `scancel`, … @returns what it prints */
  run(tool: string, ...args: readonly string[]): Promise<string>;
  /** Does something to its daemons: `kill-node 2`, `kill-controller`, … */
  meddle(...words: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

/** Brings one up; where Slurm is missing it is installed, or named. @param settings for its slurm.conf */
export async function startSlurm(...settings: readonly string[]): Promise<SlurmCluster> {
  const cluster = join(tmpdir(), `vsc-slurm-${randomBytes(4).toString('hex')}`);
  const meddle = async (verb: string, ...words: readonly string[]) => {
    await execa('bash', [script, verb, ...words], { stdin: 'ignore' });
  };
  await meddle('up', cluster, ...settings);
  const env = { ...process.env, SLURM_CONF: join(cluster, 'slurm.conf') };
  return {
    env,
    run: async (tool, ...args) => (await execa(tool, [...args], { env })).stdout,
    meddle: (verb = '', ...words) => meddle(verb, ...words, cluster),
    stop: () => meddle('down', cluster),
  };
}
