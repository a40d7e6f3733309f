import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import type Dockerode from 'dockerode';
import { attach, containerFiles, passOn, start, stateAfterExit } from './container.ts';
import { type DiskWalk, type EngineDisk, watchDisk } from './disk.ts';
import { daemonFailure } from './errors.ts';
import type { RunIO, RunOutcome, RunPlan, StopReason } from './port.ts';
import { jsonLines } from './streams.ts';

/** Seconds between the polite signal and the kill when a run is stopped. */
const stopGraceSeconds = 3;

/** A program that a signal ended has this plus the signal's number as its exit code. */
const exitBySignal = 128;

/**
 * Runs a container that has been created, to its end.
 * @param disk the engine's, where it can be seen
 * @param without what the engine could not give it
 */
export async function runToExit(
  docker: Dockerode,
  container: Dockerode.Container,
  { limits, readsInput }: RunPlan,
  io: RunIO,
  disk: EngineDisk | undefined,
  ended: AbortSignal,
  without: readonly string[],
): Promise<RunOutcome> {
  const begun = Date.now();
  const attached = await attach(container, io, ended, { stdin: readsInput === true });
  const written = limits.diskBytes === undefined ? undefined : await walkFrom(container);
  if (io.input === undefined) await disk?.begin();
  const stop = await start(container, io.signal, ended, stopGraceSeconds);
  io.onStarted?.();
  const seen: Seen = {};
  watchMemory(container, seen, ended);
  const stopFor = (reason: StopReason) => {
    if (seen.stoppedFor !== undefined) return;
    seen.stoppedFor = reason;
    stop();
  };
  const limit = () => {
    const { seconds, diskBytes = 0 } = limits;
    const hasEnded = () => {}; // how either watch ends
    if (seconds !== undefined) after(seconds, ended).then(() => stopFor('seconds'), hasEnded);
    if (written !== undefined) watchDisk(written, disk, diskBytes, ended).then(stopFor, hasEnded);
  };
  let waited = 0;
  const handOver = async (input: AsyncIterable<Uint8Array>) => {
    // What others wrote to the engine's disk meanwhile is none of its doing.
    await disk?.begin();
    waited = (Date.now() - ready) / 1000;
    limit();
    Readable.from(input, { objectMode: false })
      .on('error', (error) => attached.destroy(error))
      .pipe(attached, { end: false }); // the output comes the other way, and not every proxy lets halves end
  };
  const ready = Date.now();
  if (io.input === undefined) limit();
  else
    io.input()
      .then(handOver)
      .catch((error) => attached.destroy(error));
  await passOn(container, attached, io, ended);
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
    seconds: (finished - started) / 1000 - waited,
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

/** Milliseconds that a timer can wait; one that is to wait for longer goes off at once. */
const longestTimer = 2 ** 31 - 1;

/** @throws the reason of `ended` */
async function after(seconds: number, ended: AbortSignal): Promise<void> {
  for (let left = seconds * 1000; left > 0; left -= longestTimer) {
    await setTimeout(Math.min(left, longestTimer), undefined, { signal: ended });
  }
}

/** A walk that leaves out what is in a container already: what was copied in is not of its writing. */
async function walkFrom(container: Dockerode.Container): Promise<DiskWalk> {
  const before = (await walk(container)) ?? 0;
  return async () => {
    const now = await walk(container);
    return now === undefined ? undefined : now - before;
  };
}

/** The bytes of a container's own files; see `DiskWalk`. */
async function walk(container: Dockerode.Container): Promise<number | undefined> {
  try {
    const { SizeRw: written = 0 } = (await container.inspect({ size: true } as object)) as {
      SizeRw?: number;
    };
    return written < 0 ? undefined : written;
  } catch (error) {
    // Docker answers with -1 where it can't walk; another engine may fail.
    return daemonFailure(error).status === 500 ? undefined : 0;
  }
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
