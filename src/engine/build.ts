import type { Readable } from 'node:stream';
import { BuildFailed } from './errors.ts';
import { jsonLines } from './streams.ts';

/** Reads a build's events to their end. A failed step is the last of them, with HTTP status 200. */
export async function followBuild(
  stream: Readable,
  onLog: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let step = '';
  try {
    for await (const event of jsonLines(stream)) {
      if (typeof event.error === 'string') {
        const detail = event.errorDetail as { code?: number } | undefined;
        const at = step === '' ? '' : ` at ${step}`;
        throw new BuildFailed(`The build failed${at}: ${event.error}`, detail?.code);
      }
      if (typeof event.stream === 'string') {
        step = /^Step \d+\/\d+ : .*/.exec(event.stream)?.[0] ?? step;
        onLog(event.stream);
      } else if (typeof event.status === 'string' && event.progressDetail === undefined) {
        onLog(`${event.status}\n`);
      }
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
