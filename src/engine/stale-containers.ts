import type { Reporter } from '../progress/events.ts';
import { labels } from './container-labels.ts';
import type { ContainerEngine } from './port.ts';

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
