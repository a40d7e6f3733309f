import { causes } from '../causes.ts';
import type { EndCause, Scheduler, TaskState } from '../scheduler/port.ts';
import type { Fault } from './task.ts';
import { silenceSeconds } from './task-folder.ts';

/** A task that is with its scheduler no more. */
export type Over = Extract<TaskState, { kind: 'over' }> & {
  /** It seems to run, and gave no sign of life. */
  readonly isSilent?: true;
};

/** What the scheduler alone knows of an attempt that left nothing. */
export function faultOf(
  { cause, node = '', detail, isSilent }: Over,
  { name }: Scheduler,
): Omit<Fault, 'version' | 'key' | 'began' | 'ended'> {
  const ended = cause === 'ended';
  const said = detail === undefined ? '' : ` (${detail})`;
  const what = ended ? 'It ended without a result' : sentence(causes[cause]);
  const where = node === '' ? '' : ` on ${node}`;
  return {
    node,
    cause: ended ? 'unknown' : cause,
    message: isSilent ? silent(node, name) : `${what}${where}, as ${name} tells${said}.`,
    next: remedies[cause] ?? [],
  };
}

/** What is said of a task that seems to run on a node. */
export function silent(node: string, scheduler: string): string {
  const minutes = silenceSeconds / 60;
  return `It gave no sign of life on ${node} for ${minutes} minutes, though ${scheduler} says that it runs.`;
}

function sentence(words: string): string {
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}

/** What to do about ends that left no result. */
const remedies: Readonly<Partial<Record<EndCause, readonly string[]>>> = {
  ended: ["The scheduler's own output is beside the jobs."],
  'out-of-time': ['--time gives it more.'],
  cancelled: ['The same command goes on with it.'],
};
