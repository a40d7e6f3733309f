import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { EngineDiskFull } from '../engine/errors.ts';
import { planHelper } from '../engine/helper.ts';
import type { ContainerEngine, ContainerFiles, RunOutcome, RunPlan } from '../engine/port.ts';
import { EnvironmentError } from '../errors.ts';
import { findLocalImage, type ImageNames, localImage, type NamedImage } from '../image/choice.ts';
import type { Reporter } from '../progress/events.ts';
import { toPaste } from '../progress/shell.ts';
import { shortened } from '../progress/visible.ts';

/** The label of an image that can make sample data: the version of its recipe. */
export const samplesLabel = 'vsc.runtime.samples';

/** Where the generator leaves them. */
export const madeFolder = '/tmp/competition_data';

/** An image that can make sample data. */
export interface SamplesImage extends NamedImage {
  readonly version: string;
}

const build = 'vsc build --slim   a small image, built here in two minutes';

/**
 * The image that the user named, else the slim one: the same videos for everyone.
 * @throws EnvironmentError where there is none, or it can't
 */
export async function findSamplesImage(
  engine: ContainerEngine,
  track: ImageNames,
  named: { readonly image: string; readonly source: string } | undefined,
): Promise<SamplesImage> {
  const found = await (named === undefined
    ? findLocalImage(engine, track, 'slim')
    : findNamed(engine, named.image));
  if (found === undefined) {
    if (named === undefined) throw new EnvironmentError('There is no slim image yet.', [build]);
    throw new EnvironmentError(`There is no image ${named.image} (from ${named.source}).`, [
      `Pull it: ${toPaste(named.image, (it) => `docker pull ${it}`)}`,
      `Or take the slim one: ${inSlim(track)}`,
    ]);
  }
  const { name, image } = found;
  const version = image.labels[samplesLabel];
  if (version !== undefined) return { name, image, version };
  const why = 'it was built by an older vsc, or is none of its images';
  throw new EnvironmentError(`${name} can't make sample data: ${why}.`, [
    named === undefined ? build : `Take the slim one: ${inSlim(track)}`,
  ]);
}

async function findNamed(engine: ContainerEngine, name: string): Promise<NamedImage | undefined> {
  const image = await engine.findImage(name);
  return image && { name, image };
}

function inSlim(track: ImageNames): string {
  return `vsc sample-data --image ${localImage(track, 'slim')}`;
}

/** The container that makes them. */
export function planSamples(
  image: string,
  seed: number,
  labels: Readonly<Record<string, string>>,
): RunPlan {
  return planHelper({
    name: 'sample-data',
    image,
    module: ['vsc_samples', madeFolder, '--seed', String(seed)],
    labels,
    limits: { memoryBytes: 4 * 2 ** 30, pids: 512, diskBytes: 2 ** 30 },
  });
}

/**
 * Runs the container, with a bar.
 * @param take takes out what was made
 * @throws EnvironmentError with the cause, if it fails; the signal's reason
 */
export async function runSamples(
  plan: RunPlan,
  { engine, reporter, signal }: SamplesTools,
  take: (files: ContainerFiles) => Promise<void>,
): Promise<void> {
  const output = new PassThrough();
  const lines = createInterface({ input: output, crlfDelay: Infinity });
  let last = '';
  lines.on('line', (line) => {
    const progress = progressOf(line);
    if (progress !== undefined) reporter.report(progress);
    else if (line.trim() !== '') {
      last = line.trimEnd();
      reporter.report({ type: 'log', line: last });
    }
  });
  let outcome: RunOutcome;
  try {
    outcome = await engine.run(plan, {
      signal,
      onNote: (message) => reporter.report({ type: 'note', message }),
      onOutput: async (chunk) => void output.write(chunk),
      onExited: async (files, { exitCode }) => {
        if (exitCode === 0) await take(files);
      },
    });
  } finally {
    output.end();
    await once(lines, 'close'); // the last line may have no end
  }
  if (outcome.exitCode !== 0 || outcome.stoppedFor !== undefined) throw failure(outcome, last);
}

/** What a run works with. */
export interface SamplesTools {
  readonly engine: ContainerEngine;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

const progressLine = /^\{"made": (\d+), "total": (\d+)\}$/;

/** A line of the generator as an event; undefined for any other. */
function progressOf(line: string) {
  const [whole, made, total] = progressLine.exec(line) ?? [];
  if (whole === undefined) return undefined;
  const [completed, all] = [Number(made), Number(total)];
  const bar = {
    type: 'progress',
    id: 'sample-data',
    label: 'Making videos',
    unit: 'videos',
  } as const;
  return { ...bar, completed, total: all, done: completed === all };
}

function failure({ exitCode, outOfMemory, killedFromOutside }: RunOutcome, last: string): Error {
  const what = 'The sample data could not be made';
  if (/No space left on device|Errno 28/.test(last)) {
    const next = 'Free some space, e.g. with "docker system prune".';
    return new EngineDiskFull(`${what}: the engine's disk is full.`, [next]);
  }
  if (outOfMemory)
    return new EnvironmentError(`${what}: out of memory.`, ['Give the engine more.']);
  if (killedFromOutside !== undefined) {
    return new EnvironmentError(`${what}: the container was killed from outside.`, ['Try again.']);
  }
  const said = last === '' ? '' : ` ${shortened(last, 200)}`;
  return new EnvironmentError(`${what}: the generator exited with ${exitCode}.${said}`, [build]);
}
