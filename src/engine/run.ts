import type { Readable } from 'node:stream';
import type Dockerode from 'dockerode';
import { containerFiles } from './container-files.ts';
import type { RunIO, RunOutcome, RunPlan } from './port.ts';
import { demultiplexed } from './streams.ts';
import { watchLimits, watchMemory } from './watch.ts';

/** Seconds between the polite signal and the kill when a run is stopped. */
const stopGraceSeconds = 3;

/**
 * Runs a container that has been created, to its end.
 *
 * Attach before the start, or output is lost; ask for the next exit before the start, or a short
 * run's is missed.
 */
export async function followRun(
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
    await exited;
  } finally {
    io.signal.removeEventListener('abort', stop);
  }
  io.signal.throwIfAborted();
  const outcome = outcomeOf((await container.inspect()).State, peakMemory(), stoppedFor());
  await io.onExited?.(files, outcome);
  return outcome;
}

function outcomeOf(
  state: Dockerode.ContainerInspectInfo['State'],
  peakMemoryBytes: number,
  stoppedFor: RunOutcome['stoppedFor'],
): RunOutcome {
  return {
    exitCode: state.ExitCode,
    outOfMemory: state.OOMKilled,
    seconds: (Date.parse(state.FinishedAt) - Date.parse(state.StartedAt)) / 1000,
    ...(stoppedFor !== undefined && { stoppedFor }),
    ...(peakMemoryBytes > 0 && { peakMemoryBytes }),
  };
}
