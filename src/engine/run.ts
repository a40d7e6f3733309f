import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import type Dockerode from 'dockerode';
import { attach, containerFiles, start, stateAfterExit } from './container.ts';
import { daemonFailure } from './errors.ts';
import type { Limits, RunIO, RunOutcome, RunPlan } from './port.ts';
import { frames, jsonLines } from './streams.ts';

/** Seconds between the polite signal and the kill when a run is stopped. */
const stopGraceSeconds = 3;

/** A program that a signal ended has this plus the signal's number as its exit code. */
const exitBySignal = 128;

/**
 * Runs a container that has been created, to its end.
 * @param without what the engine could not give it
 */
export async function runToExit(
  docker: Dockerode,
  container: Dockerode.Container,
  { limits }: RunPlan,
  io: RunIO,
  ended: AbortSignal,
  without: readonly string[],
): Promise<RunOutcome> {
  const begun = Date.now();
  const attached = await attach(container, io, ended);
  const stop = await start(container, io.signal, ended, stopGraceSeconds);
  const seen: Seen = {};
  watchMemory(container, seen, ended);
  watchLimits(container, limits, seen, ended, stop);
  for await (const { payload } of frames(attached)) await io.onOutput(payload);
  const state = await stateAfterExit(container, ended).catch(async (error: unknown) => {
    io.signal.throwIfAborted();
    // The engine answers, but not for this container: somebody removed it.
    const removed = daemonFailure(error).status !== undefined;
    const signal = removed && (await signalFromOutside(docker, container.id, begun, Date.now()));
    if (!signal) throw error;
    return { killedFromOutside: signal };
  });
  io.signal.throwIfAborted();
  if ('killedFromOutside' in state) {
    const exitCode = exitBySignal + state.killedFromOutside;
    return {
      exitCode,
      outOfMemory: false,
      seconds: (Date.now() - begun) / 1000,
      ...seen,
      ...state,
    };
  }
  const [started, finished] = [Date.parse(state.StartedAt), Date.parse(state.FinishedAt)];
  const outcome: RunOutcome = {
    exitCode: state.ExitCode,
    outOfMemory: state.OOMKilled,
    seconds: (finished - started) / 1000,
    ...seen,
    ...(without.length > 0 && { without }),
  };
  if (outcome.stoppedFor === undefined && outcome.exitCode > exitBySignal) {
    const signal = await signalFromOutside(docker, container.id, started, finished);
    // Nothing is taken out: the container may be on its way out itself.
    if (signal !== undefined) return { ...outcome, killedFromOutside: signal };
  }
  await io.onExited?.(containerFiles(container), outcome);
  return outcome;
}

/** What is found out about a container while it runs. */
type Seen = { -readonly [Key in 'peakMemoryBytes' | 'stoppedFor']?: RunOutcome[Key] & {} };

/** Keeps in `seen` the most memory that the engine's statistics tell. */
function watchMemory(container: Dockerode.Container, seen: Seen, ended: AbortSignal): void {
  const watch = async () => {
    const stats = (await container.stats({ stream: true })) as Readable;
    if (ended.aborted) stats.destroy();
    ended.addEventListener('abort', () => stats.destroy());
    for await (const sample of jsonLines(stats)) {
      const memory = sample.memory_stats as { usage?: number; max_usage?: number } | undefined;
      const used = memory?.max_usage ?? memory?.usage ?? 0;
      if (used > (seen.peakMemoryBytes ?? 0)) seen.peakMemoryBytes = used;
    }
  };
  watch().catch(() => {}); // no statistics is no reason to fail a run
}

/** Milliseconds between two looks at what a container has written. */
const diskInterval = 2000;

/**
 * Calls `stop` once when the container outlasts or outgrows its limits, and keeps in `seen` for which.
 * What it has written is looked at every few seconds, so it can be more by then.
 */
function watchLimits(
  container: Dockerode.Container,
  { seconds, diskBytes }: Limits,
  seen: Seen,
  ended: AbortSignal,
  stop: () => void,
): void {
  const stopFor = (limit: 'seconds' | 'diskBytes') => {
    if (seen.stoppedFor !== undefined) return;
    seen.stoppedFor = limit;
    stop();
  };
  const pause = (milliseconds: number) => setTimeout(milliseconds, undefined, { signal: ended });
  const watchTime = async (limit: number) => {
    await pause(limit * 1000);
    stopFor('seconds');
  };
  const watchDisk = async (limit: number) => {
    for (;;) {
      await pause(diskInterval);
      const facts = await container.inspect({ size: true } as object).catch(() => undefined);
      const { SizeRw: written = 0 } = (facts ?? {}) as { SizeRw?: number };
      if (written > limit) stopFor('diskBytes');
    }
  };
  const hasEnded = () => {}; // how either watch ends
  if (seconds !== undefined) watchTime(seconds).catch(hasEnded);
  if (diskBytes !== undefined) watchDisk(diskBytes).catch(hasEnded);
}

/**
 * The signal that the engine was asked to send to a container that has ended, or undefined where it
 * was asked for none: what the code inside did to itself is no event.
 * @param started milliseconds since the epoch
 * @param finished likewise
 */
async function signalFromOutside(
  docker: Dockerode,
  id: string,
  started: number,
  finished: number,
): Promise<number | undefined> {
  try {
    const stream = (await docker.getEvents({
      since: Math.floor(started / 1000),
      // The event may be written a moment after the end that it caused.
      until: Math.ceil(finished / 1000) + 1,
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
