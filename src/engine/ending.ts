import { setTimeout } from 'node:timers/promises';
import type Dockerode from 'dockerode';

/** How a container stands, in the engine's words. */
export type ContainerState = Dockerode.ContainerInspectInfo['State'];

/** Milliseconds between two looks at a container whose output has ended: soon, then seldom. */
const firstPause = 10;
const longestPause = 1000;

/**
 * The state of a container once it no longer runs, looked at again and again. The engine could be
 * asked to wait, but over a slow connection it may be asked after the end, and then says nothing for
 * ever; and one that dies meanwhile never finishes an answer that it has begun.
 * @throws when the engine can't be asked, or `ended` is aborted
 */
export async function endOf(
  container: Dockerode.Container,
  ended: AbortSignal,
): Promise<ContainerState> {
  for (let pause = firstPause; ; pause = Math.min(pause * 2, longestPause)) {
    const { State: state } = await container.inspect();
    if (!state.Running) return state;
    await setTimeout(pause, undefined, { signal: ended });
  }
}
