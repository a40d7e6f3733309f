import type { Readable } from 'node:stream';
import type Dockerode from 'dockerode';
import { BuildFailed } from './errors.ts';
import { type BuildRequest, platform } from './port.ts';
import { jsonLines } from './streams.ts';

/**
 * Builds an image from a tar of the folder; `onLog` gets what the build prints.
 * @throws BuildFailed, or the reason of `signal`
 */
export async function buildImage(
  docker: Dockerode,
  { tag, dockerfile, arguments: buildargs, labels }: BuildRequest,
  context: Readable,
  onLog: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    const stream = await docker.buildImage(context, {
      t: tag,
      dockerfile,
      buildargs: { ...buildargs },
      labels: { ...labels },
      platform,
      rm: true,
      forcerm: true,
      abortSignal: signal,
    });
    await followBuild(stream as Readable, onLog);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

/** Reads a build's events to their end. A failed step is the last of them, with HTTP status 200. */
async function followBuild(stream: Readable, onLog: (text: string) => void): Promise<void> {
  let step = '';
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
}
