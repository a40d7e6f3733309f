import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ContainerOwner,
  type ProjectContainer,
  projectContainers,
} from '../engine/container-labels.ts';
import type { ContainerEngine } from '../engine/port.ts';
import type { Reporter } from '../progress/events.ts';
import type { Scheduler } from '../scheduler/port.ts';
import { atWorkIn } from '../tasks/at-work.ts';
import { type BookEntry, JobBook } from '../tasks/job-book.ts';
import { taskPlaces } from './log-sources.ts';

/** What ending takes. */
export interface DownWorld {
  readonly engine: ContainerEngine;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** This very process, which is not ended. */
  readonly owner: ContainerOwner;
  readonly isAlive: (pid: number) => boolean;
  /** See `startOf` and `askToEnd` in `processes.ts`. */
  readonly startOf: (pid: number) => Promise<number | undefined>;
  readonly askToEnd: (pid: number) => boolean;
  /** Made only where there are jobs of it. */
  readonly cluster: () => Promise<Scheduler>;
}

/** What of a project ran, or would be ended on a dry run. */
export interface Ended {
  /** The processes of `vsc` that had it run. */
  readonly processes: readonly number[];
  /** By their names. */
  readonly containers: readonly string[];
  /** Ids of the cluster's jobs. */
  readonly jobs: readonly string[];
}

/** Seconds by which two tellings of when a process began may differ. */
const slack = 2;

/** Seconds that a `vsc` may take to end: its containers get three of them. */
const patience = 20;

/** Seconds that a container may take. */
const grace = 3;

/** Milliseconds between two looks. */
const pause = 100;

/**
 * Ends all that runs of a project on this machine, and its jobs on a cluster: each `vsc` first, as Ctrl-C would, or
 * it would begin the next container; then the jobs; then the containers that are left.
 * @throws EngineUnreachable; EnvironmentError where the cluster does not answer; the signal's reason
 */
export async function endProject(root: string, dryRun: boolean, world: DownWorld): Promise<Ended> {
  const { engine, owner, reporter, signal } = world;
  const folders = await workFolders(root);
  const before = await projectContainers(engine, root);
  const own = before.filter((container) => container.owner.hostname === owner.hostname);
  warnOfOthers(before, own, reporter);
  const claimed = [
    ...own.map((container) => container.owner),
    ...(await Promise.all(folders.map(atWorkIn))).flat(),
  ];
  let processes = await verified(claimed, world);
  // A cluster that does not answer is told in the end: nothing else waits for it.
  const troubles: unknown[] = [];
  const trouble = (error: unknown) => void troubles.push(error);
  const books = (await booksIn(folders, world).catch(trouble)) ?? [];
  const found = books.map((book) => goingOn(book, signal).catch(trouble));
  const jobs = (await Promise.all(found)).flatMap((ids) => ids ?? []);
  const names = new Set(own.map(({ name }) => name));
  if (!dryRun) {
    processes = await endProcesses(processes, world);
    for (const { book, entries } of books) await book.end(entries).catch(trouble);
    for (const name of await endContainers(root, world)) names.add(name);
  }
  signal.throwIfAborted();
  if (troubles.length > 0) throw troubles[0];
  return { processes, containers: [...names].sort(), jobs };
}

async function workFolders(root: string): Promise<readonly string[]> {
  const found = Object.keys(taskPlaces).map(async (work) => {
    const folder = join(root, work);
    return (await readdir(folder).catch(() => [])).map((name) => join(folder, name));
  });
  return (await Promise.all(found)).flat();
}

/** A folder of the same path elsewhere is another one; an engine may have containers of both. */
function warnOfOthers(
  all: readonly ProjectContainer[],
  own: readonly ProjectContainer[],
  reporter: Reporter,
): void {
  for (const { name, owner } of all.filter((each) => !own.includes(each))) {
    const message = `${name} stays: it was started on ${owner.hostname || 'another machine'}, in a folder of the same path.`;
    reporter.report({ type: 'note', message });
  }
}

/** The pids of those who live and are who they said they are; of others that live it is said that they go on. */
async function verified(
  claimed: readonly ContainerOwner[],
  { owner, isAlive, startOf, reporter }: DownWorld,
): Promise<readonly number[]> {
  const here = claimed.filter(({ hostname }) => hostname === owner.hostname);
  const found: number[] = [];
  for (const pid of new Set(here.map((each) => each.pid))) {
    if (pid === owner.pid || !isAlive(pid)) continue;
    const start = (await startOf(pid)) ?? Number.NaN;
    const gaps = here.flatMap((each) => (each.pid === pid ? Math.abs(each.started - start) : []));
    if (gaps.some((gap) => gap <= slack)) found.push(pid);
    else if (gaps.some(Number.isNaN)) {
      const message = `Process ${pid} may be the vsc that began this, which can't be told here: it is left alone. To end it: Ctrl-C where it runs.`;
      reporter.report({ type: 'warning', message });
    }
  }
  return found;
}

/** Ends processes, and waits until they have. @returns those that have */
async function endProcesses(
  pids: readonly number[],
  { isAlive, askToEnd, reporter, signal }: DownWorld,
): Promise<readonly number[]> {
  const warn = (message: string) => reporter.report({ type: 'warning', message });
  const asked = pids.filter((pid) => {
    const isOurs = askToEnd(pid);
    if (!isOurs) warn(`vsc (process ${pid}) is another user's, and goes on.`);
    return isOurs;
  });
  const alive = () => asked.filter(isAlive);
  for (let waited = 0; alive().length > 0 && waited < patience * 1000; waited += pause) {
    await sleep(pause, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
  for (const pid of alive()) warn(`vsc (process ${pid}) has not ended within ${patience} seconds.`);
  return asked.filter((pid) => !isAlive(pid));
}

/** Ends containers until there are none: one that was being made may come last. @returns their names */
async function endContainers(
  root: string,
  { engine, owner, signal }: DownWorld,
): Promise<readonly string[]> {
  const names = new Set<string>();
  for (;;) {
    const found = await projectContainers(engine, root);
    const left = found.filter(
      ({ name, owner: { hostname } }) => hostname === owner.hostname && !names.has(name),
    );
    if (left.length === 0) return [...names];
    signal.throwIfAborted();
    await Promise.all(
      left.map(async ({ id, name }) => {
        await engine.stopContainer(id, grace);
        await engine.removeContainer(id);
        names.add(name);
      }),
    );
  }
}

/** What was handed over to a cluster for tasks of one folder. */
interface HandedOver {
  readonly scheduler: Scheduler;
  readonly book: JobBook;
  readonly entries: readonly BookEntry[];
}

async function booksIn(
  folders: readonly string[],
  { cluster }: DownWorld,
): Promise<readonly HandedOver[]> {
  const found: HandedOver[] = [];
  for (const folder of folders) {
    const place = join(folder, 'jobs');
    const names = await readdir(place).catch(() => []);
    if (!names.some((name) => name.endsWith('.json'))) continue;
    const scheduler = await cluster();
    const book = new JobBook(place, scheduler);
    const entries = await book.read();
    if (entries.length > 0) found.push({ scheduler, book, entries });
  }
  return found;
}

/** The jobs of which something waits or runs, or may, where the scheduler does not say. @returns their ids */
async function goingOn(
  { scheduler, book, entries }: HandedOver,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const jobs = (await Promise.all(entries.map((entry) => book.jobsOf(entry)))).flat();
  const hurry = AbortSignal.any([signal, AbortSignal.timeout(patience * 1000)]);
  const first = async () => {
    for await (const states of scheduler.watch(jobs, hurry, () => {})) return states;
    return undefined;
  };
  const states = await first().catch(() => signal.throwIfAborted());
  const mayRun = (task: string) => states?.get(task)?.kind !== 'over';
  return jobs.filter(({ tasks }) => tasks.some(mayRun)).map(({ id }) => id);
}
