import type { Readable } from 'node:stream';
import type Dockerode from 'dockerode';
import { BuildFailed } from './errors.ts';
import { type BuildRequest, platform } from './port.ts';

/**
 * The JSON objects of an engine's event stream, one a line. The last line may lack its newline, and
 * a line may come in pieces.
 */
export async function* jsonLines(stream: Readable): AsyncGenerator<Record<string, unknown>> {
  let rest = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line);
  }
  if (rest.trim() !== '') yield JSON.parse(rest);
}

const headerLength = 8;

/** A piece of an attached container's output. */
export interface Frame {
  readonly source: 'stdout' | 'stderr';
  readonly payload: Uint8Array;
}

/**
 * The output of an attached container, stdout and stderr in the order in which they came. A frame is
 * one byte for the stream, three of zero, four of big-endian length, then the payload (Docker Engine
 * API, "ContainerAttach"). Payloads are passed on as they arrive, not frame by frame, and no faster
 * than the consumer asks for them.
 */
export async function* frames(stream: Readable): AsyncGenerator<Frame> {
  let header = Buffer.alloc(0);
  let source: Frame['source'] = 'stdout';
  let left = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let position = 0;
    while (position < chunk.length) {
      if (left === 0) {
        const piece = chunk.subarray(position, position + headerLength - header.length);
        header = Buffer.concat([header, piece]);
        position += piece.length;
        if (header.length < headerLength) break;
        left = header.readUInt32BE(4);
        source = header[0] === 2 ? 'stderr' : 'stdout';
        header = Buffer.alloc(0);
        continue;
      }
      const payload = chunk.subarray(position, position + left);
      position += payload.length;
      left -= payload.length;
      yield { source, payload };
    }
  }
}

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
