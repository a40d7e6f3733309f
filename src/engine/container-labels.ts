import { randomBytes } from 'node:crypto';
import type { Reporter } from '../progress/events.ts';
import type { ContainerEngine } from './port.ts';

/** Labels by which `vsc` knows its containers. */
export const labels = {
  project: 'vsc.project',
  run: 'vsc.run',
  pid: 'vsc.pid',
  hostname: 'vsc.hostname',
} as const;

/** Labels by which a later `vsc` knows whose a container is and whether that `vsc` still lives. */
export function ownLabels(
  root: string,
  owner: { readonly pid: number; readonly hostname: string },
  run = randomBytes(4).toString('hex'),
): Readonly<Record<string, string>> {
  return {
    [labels.project]: root,
    [labels.run]: run,
    [labels.pid]: String(owner.pid),
    [labels.hostname]: owner.hostname,
  };
}

/** Whose containers are looked for. */
export interface Household {
  /** The project's absolute path. */
  readonly root: string;
  readonly hostname: string;
  readonly isAlive: (pid: number) => boolean;
}

/**
 * Removes the containers that a `vsc` of this project on this machine left when it was killed. Those
 * of a `vsc` that still runs stay, as do those of other projects and machines.
 */
export async function removeLeftovers(
  engine: ContainerEngine,
  household: Household,
  reporter: Reporter,
): Promise<void> {
  const alive = new Set<string>();
  for (const container of await engine.listContainers(labels.project)) {
    const {
      [labels.project]: root,
      [labels.hostname]: hostname,
      [labels.pid]: pid,
    } = container.labels;
    if (root !== household.root || hostname !== household.hostname) continue;
    if (household.isAlive(Number(pid))) {
      alive.add(String(pid));
      continue;
    }
    await engine.removeContainer(container.id);
    const message = `Removed ${container.name}, which a vsc that was killed had left.`;
    reporter.report({ type: 'note', message });
  }
  for (const pid of alive) {
    const message = `Another vsc (process ${pid}) is testing in this project: log.txt will be this run's, and the results those of the run that ends last.`;
    reporter.report({ type: 'warning', message });
  }
}
