import { pauseAfter, TransferFault } from './faults.ts';

/** What trying again needs of the world. */
export interface TryTools {
  /** Waits so many milliseconds. @throws the signal's reason */
  readonly pause: (milliseconds: number) => Promise<void>;
  /** 0 to 1, for pauses that differ. */
  readonly chance: () => number;
  /** Is told before each pause. */
  readonly onRetry: (fault: TransferFault, milliseconds: number) => void;
  readonly hosts: HostPauses;
}

/** Longest time that a server may ask to wait. */
const longestWait = 10 * 60_000;

/** Most tries in all, for a server that gets a little further with each. */
const most = 200;

/** Servers that have asked not to be asked for a while. */
export class HostPauses {
  readonly #until = new Map<string, number>();
  readonly #now: () => number;

  /** @param now milliseconds of a clock that never goes back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  postpone(host: string, milliseconds: number): void {
    this.#until.set(host, Math.max(this.#until.get(host) ?? 0, this.#now() + milliseconds));
  }

  /** Milliseconds until the server may be asked again. */
  left(host: string): number {
    return Math.max(0, (this.#until.get(host) ?? 0) - this.#now());
  }
}

/**
 * Does `work` until it succeeds or is hopeless, with growing pauses, and with those that the server asks
 * for.
 *
 * @param reached how far it came; a try that comes further than any before begins the count anew
 * @throws the TransferFault that was one too many; what else `work` throws
 */
export async function trying<Made>(
  host: string,
  work: () => Promise<Made>,
  reached: () => number,
  tools: TryTools,
): Promise<Made> {
  let furthest = reached();
  let failed = 0;
  for (let tries = 1; ; tries += 1) {
    const left = tools.hosts.left(host);
    if (left > 0) await tools.pause(left);
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TransferFault)) throw error;
      failed = reached() > furthest ? 1 : failed + 1;
      furthest = Math.max(furthest, reached());
      if (failed >= error.tries || tries >= most) throw error;
      const wait = waitAfter(error, failed, tools.chance());
      if (error.retryAfter !== undefined) tools.hosts.postpone(host, error.retryAfter);
      tools.onRetry(error, wait);
      await tools.pause(wait);
    }
  }
}

/** @throws TransferFault where the server asks for longer than anybody waits */
function waitAfter(fault: TransferFault, failed: number, chance: number): number {
  const { retryAfter = 0, message } = fault;
  if (retryAfter <= longestWait) return Math.max(retryAfter, pauseAfter(failed, chance));
  const minutes = Math.ceil(retryAfter / 60_000);
  const asked = `${message}, and asks to come again in ${minutes} minutes`;
  throw new TransferFault(asked, { cause: fault, isOfHost: true });
}
