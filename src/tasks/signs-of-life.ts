import { silenceSeconds, type TaskFolder } from './task-folder.ts';

/** What was seen last of a task that its scheduler calls running. */
interface Sign {
  readonly of: string;
  /** Seconds, by this process's own clock. */
  readonly since: number;
}

/**
 * Tells tasks that run from those of which their scheduler only believes so: it may have lost its memory of their
 * end, or a node may hang. An attempt at work gives a sign again and again; only that it is another one than
 * before counts, so that clocks need not agree.
 */
export class SignsOfLife {
  /** By the tasks' folders. */
  readonly #last = new Map<string, Sign>();
  readonly #clock: () => number;

  /** @param clock in seconds, and never put back */
  constructor(clock = () => performance.now() / 1000) {
    this.#clock = clock;
  }

  /** Whether a task that runs on a node, as its scheduler says, has given no sign for {@link silenceSeconds}. */
  async isSilent(task: TaskFolder, node: string): Promise<boolean> {
    const of = `${node} ${await task.signOfLife()}`;
    const now = this.#clock();
    const last = this.#last.get(task.path);
    if (last?.of === of) return now - last.since >= silenceSeconds;
    this.#last.set(task.path, { of, since: now });
    return false;
  }

  /** Of one that does not run what was seen says nothing. */
  forget({ path }: TaskFolder): void {
    this.#last.delete(path);
  }
}
