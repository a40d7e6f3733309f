import type { EnvironmentCause } from '../causes.ts';

/**
 * What has work done, in our own words: on this machine, or on a cluster that has a scheduler. Those above
 * know this page only. A scheduler is told where each task stands and what it needs, and tells how far it has
 * come; what came of it is in the task's folder, and that alone is believed.
 */

/** What each task of an array has to have. */
export interface Needs {
  /** At least 1. */
  readonly cores: number;
  /** Undefined where the scheduler's own default is to do. */
  readonly memoryBytes?: number;
  /** Whole ones; 0 for none. */
  readonly gpus: number;
  /** By the clock on the wall: what takes longer may be ended. Undefined for the scheduler's own default. */
  readonly seconds?: number;
}

/** Tasks that are handed over together. */
export interface TaskArray {
  /** Tells it from every other that ever was: letters, digits and hyphens. */
  readonly name: string;
  /** A folder for what the scheduler itself writes: its script, its lists, what it has to say of a task. */
  readonly folder: string;
  /** Absolute paths of the tasks' folders, all different. */
  readonly tasks: readonly string[];
  readonly needs: Needs;
  /** Most tasks that run at a time; as many as there is room for where it is not said. */
  readonly atOnce?: number;
  /** Nodes to keep away from, where there are others that will do. */
  readonly avoid: readonly string[];
}

/** Tasks that were handed over. It is plain data: kept in a file, another process finds them again by it. */
export interface Job {
  /** The scheduler's own name of it. */
  readonly id: string;
  /** The array's name: ids begin anew where a scheduler has lost its memory. */
  readonly name: string;
  /** The tasks' folders in the scheduler's order. */
  readonly tasks: readonly string[];
}

/**
 * Why a task is with the scheduler no more: it ended by itself, well or not; the node was lost; the scheduler's
 * own time was over; others went before; somebody cancelled it; nobody knows.
 */
export type EndCause =
  | 'ended'
  | Extract<EnvironmentCause, 'lost' | 'out-of-time' | 'pre-empted' | 'cancelled' | 'unknown'>;

/** How far a task is, as its scheduler sees it. */
export type TaskState =
  | { readonly kind: 'waiting' /** What for, in words. */; readonly reason?: string }
  | { readonly kind: 'running'; readonly node: string }
  | {
      readonly kind: 'over';
      readonly cause: EndCause;
      readonly node?: string;
      /** In the scheduler's words. */
      readonly detail?: string;
    };

/** The states of all tasks of some jobs, by their folders; of a task in several jobs that of the last one. */
export type TaskStates = ReadonlyMap<string, TaskState>;

/** Whether none of the tasks waits or runs any more. */
export function isOver(states: TaskStates): boolean {
  return [...states.values()].every(({ kind }) => kind === 'over');
}

export interface Scheduler {
  /** In words: `this machine`, `Slurm`. */
  readonly name: string;
  /** Whether tasks live on when this process ends, so that another may come back to them. */
  readonly outlives: boolean;
  /** How often a task is worth trying where not the task was at fault: once where there is one node. */
  readonly attempts: number;
  /**
   * Finds out whether such tasks can ever run here.
   * @returns what is in the way, a sentence each with what to do; none where nothing is
   * @throws the signal's reason
   */
  check(needs: Needs, signal: AbortSignal): Promise<readonly string[]>;
  /**
   * Hands the tasks over, in as many jobs as it takes.
   * @param onJob is told of each job as soon as it is known, before the next one is handed over
   * @throws EnvironmentError in the scheduler's words; the signal's reason
   */
  submit(array: TaskArray, onJob: (job: Job) => Promise<void>, signal: AbortSignal): Promise<void>;
  /**
   * The jobs of an array that were handed over and are not forgotten yet: for whoever was not told of them.
   * @throws EnvironmentError where the scheduler does not answer
   */
  find(array: Pick<TaskArray, 'name' | 'folder'>): Promise<readonly Job[]>;
  /**
   * Tells all tasks' states, again and again, until none of them waits or runs. A scheduler that does not answer
   * is waited for.
   * @param onSilence is told why where it does not, once for each time
   * @throws the signal's reason
   */
  watch(
    jobs: readonly Job[],
    signal: AbortSignal,
    onSilence: (why: string) => void,
  ): AsyncIterable<TaskStates>;
  /**
   * Asks for the end of some tasks of these jobs, and does not wait for it: they seem to run, and nothing is heard
   * of them. Of a task in several jobs the last one is meant.
   */
  drop(jobs: readonly Job[], tasks: readonly string[]): Promise<void>;
  /** Ends all tasks that wait or run; when it settles none of them runs, as far as the scheduler knows. */
  cancel(jobs: readonly Job[]): Promise<void>;
}
