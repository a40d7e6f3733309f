import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';

function output(command, ...words) {
  try {
    return execFileSync(command, words, { stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim();
  } catch {
    return null;
  }
}

/** What figures were measured on, and of what. */
export function machine() {
  return {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memoryBytes: totalmem(),
    kernel: release(),
    node: process.versions.node,
    engine: output('docker', 'version', '--format', '{{.Server.Version}}'),
    commit: output('git', '-C', import.meta.dirname, 'describe', '--always', '--dirty'),
    date: new Date().toISOString().slice(0, 10),
  };
}

export function machineLine({ cpu, cores, memoryBytes, node, engine, commit, date }) {
  const memory = `${Math.round(memoryBytes / 2 ** 30)} GiB`;
  return `${cores} × ${cpu}, ${memory}, Node ${node}, engine ${engine ?? 'none'}, ${commit}, ${date}`;
}
