import { randomBytes } from 'node:crypto';
import type { Reporter } from '../progress/events.ts';
import type { ContainerEngine } from './port.ts';

/** Labels by which `vsc` knows its containers. */
const label = {
  project: 'vsc.project',
  run: 'vsc.run',
  pid: 'vsc.pid',
  hostname: 'vsc.hostname',
} as const;

/** Labels by which a later `vsc` knows whose a container is and whether that `vsc` still lives. */
export function containerLabels(
  root: string,
  owner: { readonly pid: number; readonly hostname: string },
  run = randomBytes(4).toString('hex'),
): Readonly<Record<string, string>> {
  return {
    [label.project]: root,
    [label.run]: run,
    [label.pid]: String(owner.pid),
    [label.hostname]: owner.hostname,
  };
}

/** Whose containers are looked for: a project's, by its absolute path, on this machine. */
export interface ProjectOwner {
  readonly root: string;
  readonly hostname: string;
  readonly isAlive: (pid: number) => boolean;
}

/**
 * Removes the containers that a `vsc` of this project on this machine left when it was killed. Those
 * of a `vsc` that still runs stay, as do those of other projects and machines.
 * @returns the processes of those that still run
 */
export async function removeStaleContainers(
  engine: ContainerEngine,
  { root, hostname, isAlive }: ProjectOwner,
  reporter: Reporter,
): Promise<ReadonlySet<number>> {
  const alive = new Set<number>();
  for (const { id, name, labels } of await engine.listContainers(label.project)) {
    if (labels[label.project] !== root || labels[label.hostname] !== hostname) continue;
    const pid = Number(labels[label.pid]);
    if (isAlive(pid)) {
      alive.add(pid);
      continue;
    }
    await engine.removeContainer(id);
    const message = `Removed ${name}, which a vsc that was killed had left.`;
    reporter.report({ type: 'note', message });
  }
  return alive;
}
