import { setTimeout as sleep } from 'node:timers/promises';
import { EnvironmentError, Interrupted } from '../errors.ts';
import type { Scheduler } from '../scheduler/port.ts';
import {
  type GivenUp,
  type OpenTask,
  TaskRuns,
  type TasksRun,
  type TasksWorld,
} from './task-runs.ts';

/**
 * Has tasks run, wherever the scheduler runs them, until each has come to its end or is given up. What was
 * handed over before is found again, and not handed over twice.
 * @returns the tasks that are given up
 * @throws EnvironmentError of the scheduler; where too many were given up in a row; the signal's reason
 */
export async function runTasks(
  tasks: readonly OpenTask[],
  run: TasksRun,
  world: TasksWorld,
): Promise<readonly GivenUp[]> {
  const { scheduler } = run;
  const runs = new TaskRuns(run, world);
  try {
    await runs.toTheEnd(tasks);
  } catch (error) {
    if (!scheduler.outlives) await runs.cancel();
    else await leave(runs, scheduler, world);
    throw error;
  }
  await forgetAll(runs, scheduler, world);
  for (const { folder } of tasks) await folder.removeStale();
  return runs.givenUp;
}

/** What is over needs no answer of the scheduler: the next such command ends what may be left of it. */
async function forgetAll(
  runs: TaskRuns,
  { name }: Scheduler,
  { reporter }: TasksWorld,
): Promise<void> {
  try {
    await runs.cancel();
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    const ids = runs.jobs.map(({ id }) => id).join(', ');
    const message = `All is done, but ${name} did not answer when it was to forget it (${ids}): ${error.message}`;
    reporter.report({ type: 'warning', message });
  }
}

/** How long a second Ctrl-C is waited for. */
const insistenceSeconds = 5;

/** Leaves what lives on, and says how to come back to it; cancels it if that is insisted on. */
async function leave(
  runs: TaskRuns,
  { name }: Scheduler,
  { reporter, signal, insistence }: TasksWorld,
): Promise<void> {
  if (runs.jobs.length === 0) return;
  const note = (message: string) => reporter.report({ type: 'note', message });
  const ids = runs.jobs.map(({ id }) => id).join(', ');
  const goesOn = `${name} goes on with what it was given (${ids}). To come back to it: the same command.`;
  const { reason } = signal;
  if (!(reason instanceof Interrupted) || reason.signal !== 'SIGINT') return note(goesOn);
  note(`${goesOn} To cancel it: Ctrl-C again, within ${insistenceSeconds} seconds.`);
  const insisted = insistence();
  await sleep(insistenceSeconds * 1000, undefined, { signal: insisted }).catch(() => {});
  if (!insisted.aborted) return;
  await runs.cancel();
  note(`Cancelled ${ids}.`);
}
