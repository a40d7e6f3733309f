import { formatBytes, formatCount, formatEstimate } from '../progress/format.ts';
import type { Needs, Scheduler } from '../scheduler/port.ts';

/** What is to be done, before any of it is. */
export interface Forecast {
  /** How many tasks there are, and how many of them are done. */
  readonly tasks: number;
  readonly done: number;
  /** What the tasks that are left will take one after the other, in seconds; null where none is done to go by. */
  readonly secondsLeft: number | null;
}

/** What tasks ask for, and how many run at a time. */
export interface Asked {
  readonly needs: Needs;
  readonly atOnce?: number;
}

/** A forecast for people, a line each. @param task what a task is called, e.g. `shard` */
export function forecastLines(
  { tasks, done, secondsLeft }: Forecast,
  { needs, atOnce }: Asked,
  { name }: Pick<Scheduler, 'name'>,
  task: string,
): readonly string[] {
  const left = tasks - done;
  const { cores, memoryBytes, gpus, seconds } = needs;
  const each = [
    `${formatCount(cores)} core${cores === 1 ? '' : 's'}`,
    ...(memoryBytes === undefined ? [] : [`${formatBytes(memoryBytes)} of memory`]),
    ...(gpus === 0 ? [] : [`${formatCount(gpus)} GPU${gpus === 1 ? '' : 's'}`]),
    ...(seconds === undefined ? [] : [`${formatEstimate(seconds)} of time`]),
  ].join(', ');
  const many =
    atOnce === undefined
      ? 'as many at a time as there is room for'
      : `${formatCount(atOnce)} at a time`;
  return [
    `Tasks: ${formatCount(left)} to run on ${name}, ${many}; each asks for ${each}`,
    left === 0
      ? 'Nothing is left to do.'
      : estimateLine(secondsLeft, Math.min(atOnce ?? 1, left), atOnce, task),
  ];
}

function estimateLine(
  seconds: number | null,
  slots: number,
  atOnce: number | undefined,
  task: string,
): string {
  if (seconds === null) {
    return `Estimate: none before a ${task} is done; one is enough, if this is asked again then.`;
  }
  if (atOnce === undefined)
    return `Estimate: ${formatEstimate(seconds)} in all, to be divided by how many run at a time`;
  return `Estimate: ${formatEstimate(seconds / slots)}, by those that are done`;
}
