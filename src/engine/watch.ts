import type { Readable } from 'node:stream';
import type Dockerode from 'dockerode';
import type { Limits, RunOutcome } from './port.ts';
import { jsonLines } from './streams.ts';

/** Milliseconds between two looks at what a container has written. */
const diskInterval = 2000;

/** Reads the engine's statistics until `ended`; the function tells the most memory seen, in bytes. */
export function watchMemory(container: Dockerode.Container, ended: AbortSignal): () => number {
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
 * Calls `stop` once when the container outlasts or outgrows its limits; the function tells for which.
 * What it has written is looked at every few seconds, so it can be more by then.
 */
export function watchLimits(
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
    const look = async () => {
      const { SizeRw: written = 0 } = (await container.inspect({ size: true } as object)) as {
        SizeRw?: number;
      };
      if (written > diskBytes) stopFor('diskBytes');
    };
    const timer = setInterval(() => look().catch(() => {}), diskInterval); // gone: it ended
    ended.addEventListener('abort', () => clearInterval(timer));
  }
  return () => stoppedFor;
}
