import type { Readable } from 'node:stream';
import type Dockerode from 'dockerode';
import { containerFiles } from './container-files.ts';
import { type ContainerState, endOf } from './ending.ts';
import type { RunIO, RunOutcome, RunPlan } from './port.ts';
import { demultiplexed } from './streams.ts';
import { signalFromOutside, watchLimits, watchMemory } from './watch.ts';

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
