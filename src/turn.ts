import { setImmediate } from 'node:timers/promises';

/**
 * Lets the event loop turn: what goes on for long over what a submission gave has to, every some ten
 * milliseconds, or a Ctrl-C is not heard. @throws the signal's reason
 */
export async function turn(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate();
  signal?.throwIfAborted();
}
