import type { Reporter, VscEvent } from '../../src/progress/events.ts';

/** A reporter that keeps what it is told. */
export function recorder() {
  const events: VscEvent[] = [];
  const chunks: Uint8Array[] = [];
  const reporter: Reporter = {
    report: (event) => void events.push(event),
    output: async (chunk) => void chunks.push(Uint8Array.from(chunk)),
  };
  return { reporter, events, output: () => Buffer.concat(chunks).toString() };
}

/** A signal that nobody aborts. */
export const quiet = new AbortController().signal;
