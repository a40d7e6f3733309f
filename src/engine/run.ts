import type { Readable } from 'node:stream';
import type Dockerode from 'dockerode';
import { type ContainerState, containerFiles, endOf } from './container.ts';
import type { Limits, RunIO, RunOutcome, RunPlan } from './port.ts';
import { demultiplexed, jsonLines } from './streams.ts';

/** Seconds between the polite signal and the kill when a run is stopped. */
const stopGraceSeconds = 3;

/** A program that a signal ended has this plus the signal's number as its exit code. */
const exitBySignal = 128;

/**
 * Runs a container that has been created, to its end.
 *
 * It is attached to before the start, or output of a short run is lost.
 */
export async function followRun(
  docker: Dockerode,
  container: Dockerode.Container,
  plan: RunPlan,
  io: RunIO,
  ended: AbortSignal,
): Promise<RunOutcome> {
  const files = containerFiles(container);
  await io.onCreated?.(files);
  const attached = (await container.attach({
    stream: true,
    stdout: true,
    stderr: true,
    hijack: true,
  })) as unknown as Readable;
  ended.addEventListener('abort', () => attached.destroy());
  io.signal.throwIfAborted();
  await container.start();
  const stop = () => {
    container.stop({ t: stopGraceSeconds }).catch(() => {}); // its state tells how it ended
  };
  const peakMemory = watchMemory(container, ended);
  const stoppedFor = watchLimits(container, plan.limits, ended, stop);
  io.signal.addEventListener('abort', stop);
  let state: ContainerState;
  try {
    if (io.signal.aborted) stop();
    for await (const chunk of demultiplexed(attached)) await io.onOutput(chunk);
    state = await endOf(container, ended);
  } finally {
    io.signal.removeEventListener('abort', stop);
  }
  io.signal.throwIfAborted();
  const outcome = outcomeOf(state, peakMemory(), stoppedFor());
  if (outcome.stoppedFor === undefined && outcome.exitCode > exitBySignal) {
    const signal = await signalFromOutside(docker, container.id, state);
    if (signal !== undefined) outcome.killedFromOutside = signal;
  }
  await io.onExited?.(files, outcome);
  return outcome;
}

function outcomeOf(
  state: ContainerState,
  peakMemoryBytes: number,
  stoppedFor: RunOutcome['stoppedFor'],
): { -readonly [Key in keyof RunOutcome]: RunOutcome[Key] } {
  return {
    exitCode: state.ExitCode,
    outOfMemory: state.OOMKilled,
    seconds: (Date.parse(state.FinishedAt) - Date.parse(state.StartedAt)) / 1000,
    ...(stoppedFor !== undefined && { stoppedFor }),
    ...(peakMemoryBytes > 0 && { peakMemoryBytes }),
  };
}

/** Milliseconds between two looks at what a container has written. */
const diskInterval = 2000;

/** Reads the engine's statistics until `ended`; the function tells the most memory seen, in bytes. */
function watchMemory(container: Dockerode.Container, ended: AbortSignal): () => number {
  let peak = 0;
  const watch = async () => {
    const stats = (await container.stats({ stream: true })) as Readable;
    if (ended.aborted) stats.destroy();
    ended.addEventListener('abort', () => stats.destroy());
    for await (const sample of jsonLines(stats)) {
      const memory = sample.memory_stats as { usage?: number; max_usage?: number } | undefined;
      peak = Math.max(peak, memory?.max_usage ?? memory?.usage ?? 0);
    }
  };
  watch().catch(() => {}); // no statistics is no reason to fail a run
  return () => peak;
}

/**
 * The signal that the engine was asked to send to a container that has ended, or undefined where it
 * was asked for none: what the code inside did to itself is no event.
 */
async function signalFromOutside(
  docker: Dockerode,
  id: string,
  { StartedAt: started, FinishedAt: finished }: { StartedAt: string; FinishedAt: string },
): Promise<number | undefined> {
  try {
    const stream = (await docker.getEvents({
      since: Math.floor(Date.parse(started) / 1000),
      // The event may be written a moment after the death that it caused.
      until: Math.ceil(Date.parse(finished) / 1000) + 1,
      filters: JSON.stringify({ container: [id], event: ['kill'] }),
    })) as unknown as Readable;
    for await (const event of jsonLines(stream)) {
      const { Attributes: attributes } = event.Actor as { Attributes?: { signal?: string } };
      stream.destroy();
      return Number(attributes?.signal ?? 9);
    }
  } catch {
    // An engine without events: nobody knows.
  }
  return undefined;
}

/**
 * Calls `stop` once when the container outlasts or outgrows its limits; the function tells for which.
 * What it has written is looked at every few seconds, so it can be more by then.
 */
function watchLimits(
  container: Dockerode.Container,
  limits: Limits,
  ended: AbortSignal,
  stop: () => void,
): () => RunOutcome['stoppedFor'] {
  let stoppedFor: RunOutcome['stoppedFor'];
  const stopFor = (limit: NonNullable<RunOutcome['stoppedFor']>) => {
    if (stoppedFor !== undefined || ended.aborted) return;
    stoppedFor = limit;
    stop();
  };
  const { seconds, diskBytes } = limits;
  if (seconds !== undefined) {
    const timer = setTimeout(() => stopFor('seconds'), seconds * 1000);
    ended.addEventListener('abort', () => clearTimeout(timer));
  }
  if (diskBytes !== undefined) {
    let looking = false; // a look at very many files may take longer than the interval
    const look = async () => {
      if (looking) return;
      looking = true;
      const { SizeRw: written = 0 } = (await container.inspect({ size: true } as object)) as {
        SizeRw?: number;
      };
      looking = false;
      if (written > diskBytes) stopFor('diskBytes');
    };
    const timer = setInterval(() => look().catch(() => {}), diskInterval); // gone: it ended
    ended.addEventListener('abort', () => clearInterval(timer));
  }
  return () => stoppedFor;
}
