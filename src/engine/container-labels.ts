import { randomBytes } from 'node:crypto';
import type { Reporter } from '../progress/events.ts';
import type { ContainerEngine, ContainerFacts } from './port.ts';

/** Labels by which `vsc` knows its containers. */
const label = {
  project: 'vsc.project',
  run: 'vsc.run',
  pid: 'vsc.pid',
  hostname: 'vsc.hostname',
  started: 'vsc.started',
} as const;

/** The `vsc` whose a container is. */
export interface ContainerOwner {
  readonly pid: number;
  readonly hostname: string;
  /** When its process began, in seconds since 1970: pids are given out again. */
  readonly started: number;
}

/** Labels by which a later `vsc` knows whose a container is and whether that `vsc` still lives. */
export function containerLabels(
  root: string,
  owner: ContainerOwner,
  run = randomBytes(4).toString('hex'),
): Readonly<Record<string, string>> {
  return {
    [label.project]: root,
    [label.run]: run,
    [label.pid]: String(owner.pid),
    [label.hostname]: owner.hostname,
    [label.started]: String(Math.round(owner.started)),
  };
}

/** A container of a project, and whose it is. */
export interface ProjectContainer extends Pick<ContainerFacts, 'id' | 'name'> {
  readonly owner: ContainerOwner;
}

/** The containers of a project by its absolute path, on whichever machine that is. */
export async function projectContainers(
  engine: ContainerEngine,
  root: string,
): Promise<readonly ProjectContainer[]> {
  const found = await engine.listContainers(label.project);
  return found.flatMap(({ id, name, labels }) => {
    if (labels[label.project] !== root) return [];
    const [pid, started] = [label.pid, label.started].map((each) => Number(labels[each]));
    const hostname = labels[label.hostname] ?? '';
    return {
      id,
      name,
      owner: { pid: pid ?? Number.NaN, hostname, started: started ?? Number.NaN },
    };
  });
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
  for (const { id, name, owner } of await projectContainers(engine, root)) {
    if (owner.hostname !== hostname) continue;
    if (isAlive(owner.pid)) {
      alive.add(owner.pid);
      continue;
    }
    await engine.removeContainer(id);
    const message = `Removed ${name}, which a vsc that was killed had left.`;
    reporter.report({ type: 'note', message });
  }
  return alive;
}
