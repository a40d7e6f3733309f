import type { WantedImage } from '../image/bring.ts';
import type { RehearsalRequest, RehearsalWorld } from '../rehearsal/prepared.ts';
import type { Needs, Scheduler } from '../scheduler/port.ts';
import type { TaskSpec } from '../tasks/task.ts';
import type { OpenTask, TasksWorld } from '../tasks/task-runs.ts';
import type { Submission } from './submissions.ts';

/** Which submissions to judge, and how. */
export interface BatchRequest extends RehearsalRequest {
  /** The folder of the zips, absolute. */
  readonly folder: string;
  /** What each has to have. */
  readonly needs: Needs;
  /** How many run at a time; as many as the scheduler has room for where it is not said. */
  readonly atOnce?: number;
}

/** What judging needs of the world. */
export interface BatchWorld extends RehearsalWorld, Pick<TasksWorld, 'insistence'> {
  readonly scheduler: Scheduler;
  /** Of `vsc`. */
  readonly version: string;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

/** A submission and its task. */
export interface Entry {
  readonly submission: Submission;
  readonly task: OpenTask;
  readonly spec: Omit<TaskSpec, 'version'>;
}

/** A batch that is ready to go. */
export interface PreparedBatch {
  /** Where all of it is kept. */
  readonly root: string;
  readonly image: WantedImage;
  readonly entries: readonly Entry[];
}
