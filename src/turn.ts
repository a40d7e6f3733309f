import { setImmediate } from 'node:timers/promises';

/** How long work goes on before the event loop turns: a fifth of what an interrupt may wait. */
const STEP_MS = 20;

/**
 * Lets the event loop turn: what goes on for long over what a submission gave has to, or a Ctrl-C is
 * not heard. @throws the signal's reason
 */
export async function turn(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate();
  signal?.throwIfAborted();
}

/** Tells a loop when it is time for a {@link turn}: `if (pace.isDue) await pace.turn()`. */
export class Pace {
  readonly #signal: AbortSignal | undefined;
  #since = performance.now();

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  get isDue(): boolean {
    return performance.now() - this.#since > STEP_MS;
  }

  /** Throws the signal's reason. */
  async turn(): Promise<void> {
    await turn(this.#signal);
    this.#since = performance.now();
  }
}
