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
 * The signal that the engine was asked to send to a container that has ended, or undefined where it
 * was asked for none: what the code inside did to itself is no event.
 */
export async function signalFromOutside(
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
