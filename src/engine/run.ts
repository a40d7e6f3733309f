import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import type Dockerode from 'dockerode';
import { containerFiles } from './container-files.ts';
import type { RunIO, RunOutcome, RunPlan } from './port.ts';
import { demultiplexed } from './streams.ts';
import { signalFromOutside, watchLimits, watchMemory } from './watch.ts';

/** Seconds between the polite signal and the kill when a run is stopped. */
const stopGraceSeconds = 3;

/** Milliseconds between two looks at a container whose output has ended. */
const lookInterval = 1000;

/** A program that a signal ended has this plus the signal's number as its exit code. */
const exitBySignal = 128;

/**
 * Runs a container that has been created, to its end.
 *
 * Attach before the start, or output is lost; ask for the next exit before the start, or a short
 * run's is missed.
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
  const exited = container.wait({ condition: 'next-exit', abortSignal: ended });
  exited.catch(() => {}); // awaited below; until then a failed start must not be an unhandled one
  io.signal.throwIfAborted();
  await container.start();
  const stop = () => {
    container.stop({ t: stopGraceSeconds }).catch(() => {}); // the wait tells how it ended
  };
  const peakMemory = watchMemory(container, ended);
  const stoppedFor = watchLimits(container, plan.limits, ended, stop);
  io.signal.addEventListener('abort', stop);
  try {
    if (io.signal.aborted) stop();
    for await (const chunk of demultiplexed(attached)) await io.onOutput(chunk);
    await Promise.race([exited, noLongerRunning(container, ended)]);
  } finally {
    io.signal.removeEventListener('abort', stop);
  }
  io.signal.throwIfAborted();
  const { State: state } = await container.inspect();
  const outcome = outcomeOf(state, peakMemory(), stoppedFor());
  if (outcome.stoppedFor === undefined && outcome.exitCode > exitBySignal) {
    const signal = await signalFromOutside(docker, container.id, state);
    if (signal !== undefined) outcome.killedFromOutside = signal;
  }
  await io.onExited?.(files, outcome);
  return outcome;
}

/**
 * Settles once the container is seen not to run, and rejects when the engine can't be asked. The
 * wait alone would never end with an engine that dies: its answer has begun by then.
 */
async function noLongerRunning(container: Dockerode.Container, ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    await setTimeout(lookInterval, undefined, { signal: ended });
    if (!(await container.inspect()).State.Running) return;
  }
}

function outcomeOf(
  state: Dockerode.ContainerInspectInfo['State'],
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
