import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import type { ContainerEngine } from '../engine/port.ts';
import { EnvironmentError } from '../errors.ts';
import { localDisk } from '../files.ts';
import { archiveImage, type WantedImage, wantedImageSchema } from '../image/bring.ts';
import { diagnoseGpu, type NvidiaSmi, requireGpu } from '../image/gpu.ts';
import type { Reporter } from '../progress/events.ts';
import { digestFile } from '../provenance/digests.ts';
import type { Job, Needs, Scheduler, TaskState } from '../scheduler/port.ts';
import { silent } from './ends.ts';
import type { JobBook } from './job-book.ts';
import type { TaskRunner } from './run-task.ts';
import { SignsOfLife } from './signs-of-life.ts';
import type { TaskSpec } from './task.ts';
import { TaskFolder } from './task-folder.ts';

/** The kind of a task that looks whether tasks can run where it is. */
export const probeKind = 'probe';

const workSchema = v.object({ image: wantedImageSchema, gpus: v.boolean() });
const factsSchema = v.object({ engine: v.string(), hasImage: v.boolean() });

/** What looking around on a node needs of the world. */
export interface NodeWorld {
  readonly engine: () => Promise<ContainerEngine>;
  readonly nvidiaSmi: () => Promise<NvidiaSmi | undefined>;
}

/** Looks on a node for what tasks need; that it sees the folder is proved by its running at all. */
export function probeRunner({ engine, nvidiaSmi }: NodeWorld): TaskRunner {
  return async ({ work }, attempt) => {
    const { image, gpus } = v.parse(workSchema, work);
    const found = await engine();
    if (gpus) requireGpu(await diagnoseGpu(found, await nvidiaSmi()));
    const { product, version } = await found.info();
    const hasImage = (await found.findImage(image.id)) !== undefined;
    await attempt.succeed({ engine: `${product} ${version}`, hasImage });
  };
}

/** Where tasks are to run, and with what. */
export interface ProbeRun {
  readonly scheduler: Scheduler;
  /** Of what it is given. */
  readonly book: JobBook;
  readonly needs: Needs;
  /** On a file system that all nodes are said to share. */
  readonly folder: string;
  readonly image: WantedImage;
  /** Files that tasks read. */
  readonly inputs: TaskSpec['inputs'];
  /** As `SignsOfLife` has it. */
  readonly clock?: () => number;
}

/** What probing needs of the world. */
export interface ProbeWorld {
  readonly engine: () => Promise<ContainerEngine>;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** Of `vsc`. */
  readonly version: string;
}

/**
 * Makes sure that tasks can run where the scheduler would run them, before they are handed over: asks it, and
 * has one task look. An image that a node has no way to is saved to the folder.
 * @throws EnvironmentError that says all that is in the way; then nothing is left with the scheduler
 */
export async function requireNodes(run: ProbeRun, world: ProbeWorld): Promise<void> {
  const { scheduler, book, needs, folder, image } = run;
  const { engine, reporter, signal, version } = world;
  const inTheWay = await scheduler.check(needs, signal);
  if (inTheWay.length > 0) throw cannotRun(scheduler, inTheWay);
  const home = join(probesIn(folder), randomBytes(4).toString('hex'));
  const task = new TaskFolder(join(home, 'task'));
  const token = join(home, 'token');
  await localDisk(`write ${token}`, async () => {
    await mkdir(home, { recursive: true });
    await writeFile(token, randomBytes(32).toString('hex'));
  });
  const key = randomBytes(8).toString('hex');
  const { sha256 } = await digestFile(token, signal);
  const inputs = [{ path: token, sha256 }, ...run.inputs];
  await task.plan({
    vsc: version,
    kind: probeKind,
    key,
    inputs,
    work: { image, gpus: needs.gpus > 0 },
  });
  reporter.report({ type: 'step', message: `Looking whether tasks can run on ${scheduler.name}` });
  const jobs: Job[] = [];
  try {
    const state = await runAlone(task, { ...run, home, jobs }, world);
    const outcome = await task.outcome(key);
    if (outcome === undefined) throw cannotRun(scheduler, await reasons(task, key, state, run));
    const { hasImage } = v.parse(factsSchema, outcome.facts);
    if (hasImage || image.digests.length > 0) return;
    reporter.report({
      type: 'step',
      message: `Saving ${image.name} where all nodes see it: ${image.archive}`,
    });
    await archiveImage(await engine(), image, signal);
  } finally {
    await book.cancel(jobs);
    await localDisk(`delete ${home}`, () => rm(home, { recursive: true, force: true }));
  }
}

/** Removes what was left of a look around by a process that was killed. */
export async function removeProbes(folder: string): Promise<void> {
  const probes = probesIn(folder);
  await localDisk(`delete ${probes}`, () => rm(probes, { recursive: true, force: true }));
}

function probesIn(folder: string): string {
  return join(folder, 'probe');
}

/** Hands over one task and waits for its end, or until it seems to run and nothing is heard of it. */
async function runAlone(
  task: TaskFolder,
  {
    scheduler,
    book,
    needs,
    home,
    jobs,
    clock,
  }: ProbeRun & { readonly home: string; readonly jobs: Job[] },
  { reporter, signal }: ProbeWorld,
): Promise<TaskState | undefined> {
  const name = `vsc-probe-${randomBytes(6).toString('hex')}`;
  const array = { name, folder: home, tasks: [task.path], needs, avoid: [] };
  await book.submit(array, async (job) => void jobs.push(job), signal);
  const onSilence = (message: string) => reporter.report({ type: 'warning', message });
  const signs = new SignsOfLife(clock);
  let told: string | undefined;
  let last: TaskState | undefined;
  for await (const states of scheduler.watch(jobs, signal, onSilence)) {
    last = states.get(task.path);
    if (last?.kind === 'running' && (await signs.isSilent(task, last.node))) return last;
    if (last?.kind !== 'waiting' || last.reason === undefined || last.reason === told) continue;
    told = last.reason;
    reporter.report({ type: 'note', message: `${scheduler.name} has it wait: ${told}` });
  }
  return last;
}

/** Why the task that looked came to no end. */
async function reasons(
  task: TaskFolder,
  key: string,
  state: TaskState | undefined,
  { folder, scheduler: { name } }: ProbeRun,
): Promise<readonly string[]> {
  const faults = await task.faults(key);
  if (faults.length > 0) {
    return faults.flatMap(({ node, message, next }) => [`${node}: ${message}`, ...next]);
  }
  if (state?.kind === 'running') return [silent(state.node, name)];
  const { node = 'A node', detail } =
    state?.kind === 'over' ? state : { node: undefined, detail: undefined };
  const said = detail === undefined ? '' : ` (${detail})`;
  return [
    `${node} left no result in ${folder}${said}.`,
    'Is that folder on a file system that all nodes share, and are node and vsc at the same paths there?',
  ];
}

function cannotRun({ name }: Scheduler, reasons: readonly string[]): EnvironmentError {
  return new EnvironmentError(`Tasks can't run on ${name}.`, reasons);
}
