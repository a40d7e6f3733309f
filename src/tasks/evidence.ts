import type { Fault } from './task.ts';
import type { TaskFolder } from './task-folder.ts';

interface Known {
  /** How many there were before, which are not counted. */
  readonly before: number;
  /** How many have been looked at. */
  seen: number;
}

interface Watched {
  readonly folder: TaskFolder;
  readonly key: string;
}

/** What goes wrong around tasks, by no fault of theirs, from when this process began. */
export class Evidence {
  /** By the tasks' folders. */
  readonly #known = new Map<string, Known>();

  async begin({ folder, key }: Watched): Promise<void> {
    const { length } = await folder.faults(key);
    this.#known.set(folder.path, { before: length, seen: length });
  }

  /** Whether there is any that has not been looked at. */
  async hasMore({ folder, key }: Watched): Promise<boolean> {
    return (await folder.faults(key)).length > this.#of(folder).seen;
  }

  /** What there is, the oldest first. */
  async look({ folder, key }: Watched): Promise<readonly Fault[]> {
    const faults = await folder.faults(key);
    const known = this.#of(folder);
    known.seen = faults.length;
    return faults.slice(known.before);
  }

  #of({ path }: TaskFolder): Known {
    return this.#known.get(path) ?? { before: 0, seen: 0 };
  }
}
