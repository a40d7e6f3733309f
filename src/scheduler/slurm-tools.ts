import type { Environment } from '../environment.ts';
import { findProgram } from '../find-program.ts';

/** The tools of Slurm that are used; all of them are in its package for users. */
const tools = ['sbatch', 'squeue', 'scancel', 'scontrol', 'sinfo'] as const;

export type Tool = (typeof tools)[number];

/** What came of asking a tool. */
export interface Answer {
  readonly ok: boolean;
  /** Its stdout. */
  readonly text: string;
  /** Its stderr on one line, or that it gave no answer. */
  readonly said: string;
}

export type Ask = (tool: Tool, args: readonly string[], signal?: AbortSignal) => Promise<Answer>;

/** A controller that lives answers in milliseconds; asked with a wrong configuration the tools wait for a minute. */
const patienceMs = 15_000;

/** Slurm's tools on the PATH of this environment, of which they get what {@link jobEnvironment} leaves. */
export function slurmTools(env: Environment): Ask {
  return async (tool, args, signal) => {
    const { execa } = await import('execa');
    const { failed, timedOut, stdout, stderr, code } = await execa(tool, [...args], {
      env: jobEnvironment(env),
      extendEnv: false,
      stdin: 'ignore',
      reject: false,
      timeout: patienceMs,
      ...(signal !== undefined && { cancelSignal: signal }),
    });
    const said = timedOut ? [`${tool} gave no answer for ${patienceMs / 1000} s`] : linesOf(stderr);
    return { ok: !failed, text: stdout, said: said.join('; ') || (code ?? '') };
  };
}

/** Those that are not on the PATH. */
export async function missingTools(env: Environment): Promise<readonly Tool[]> {
  const found = await Promise.all(tools.map((tool) => findProgram(tool, env)));
  return tools.filter((_, at) => found[at] === undefined);
}

/** What is said, without what is said before each line: `sbatch: error: `, `allocation failure: `. */
function linesOf(stderr: string): string[] {
  const before = /^(?:\w+: )?(?:error: |fatal: |allocation failure: |slurm_\w+ error: )?/;
  const lines = stderr.split('\n').map((line) => line.replace(before, '').trim());
  return [...new Set(lines.filter((line) => line !== ''))];
}

/** What people set for themselves, and means the same on another machine. */
const carried = [
  ...['PATH', 'LD_LIBRARY_PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TZ', 'LANG', 'LC_ALL'],
  // Where a rootless engine listens, and the logins for registries are.
  ...['XDG_RUNTIME_DIR', 'DOCKER_CONFIG'],
];

/** Where Slurm is, and what people choose for all their jobs. Others of its variables would change what it prints. */
const slurms = [
  ...['SLURM_CONF', 'SBATCH_PARTITION', 'SBATCH_ACCOUNT', 'SBATCH_QOS', 'SBATCH_RESERVATION'],
  ...['SBATCH_CONSTRAINT'],
];

/**
 * The environment of Slurm's tools, and so of the tasks: Slurm keeps it in files, so that what may be secret
 * has no place in it. Of the engine only a socket means the same on every node: its own.
 */
export function jobEnvironment(env: Environment): Record<string, string> {
  const taken: Record<string, string> = {};
  for (const name of [...carried, ...slurms]) {
    const value = env[name];
    if (value !== undefined && value !== '') taken[name] = value;
  }
  if (env.DOCKER_HOST?.startsWith('unix://')) taken.DOCKER_HOST = env.DOCKER_HOST;
  return taken;
}
