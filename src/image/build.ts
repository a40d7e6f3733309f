import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { PassThrough, Readable } from 'node:stream';
import { create } from 'tar';
import type { BuildRequest, ContainerEngine, Image } from '../engine/port.ts';
import type { Reporter } from '../progress/events.ts';
import type { Track } from '../tracks/descriptor.ts';
import { contextPaths, digestContext } from './build-context.ts';
import { dockerfileOf, localImage, type Variant } from './choice.ts';
import { runtimeLabel } from './stale-image.ts';

/** How an image of `variant` is built. */
export function planBuild(track: Track, variant: Variant): BuildRequest {
  return {
    dockerfile: dockerfileOf(variant),
    tag: localImage(track, variant),
    arguments: variant === 'slim' ? {} : { CPU_OR_GPU: variant },
  };
}

/**
 * Builds from the folder `context`, reporting what is printed line by line, and has the image know
 * which state of the folder it was. @throws BuildFailed
 */
export async function buildImage(
  request: BuildRequest,
  context: string,
  engine: ContainerEngine,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Image> {
  reporter.report({ type: 'step', message: `Building ${request.tag} from ${context}` });
  const labels = { [runtimeLabel]: await digestContext(context) };
  const log = new PassThrough();
  const lines = createInterface({ input: log, crlfDelay: Infinity });
  lines.on('line', (line) => {
    if (line.trim() !== '') reporter.report({ type: 'log', line: line.trimEnd() });
  });
  try {
    const onLog = (text: string) => void log.write(text);
    return await engine.build({ ...request, labels }, await packContext(context), onLog, signal);
  } finally {
    log.end();
    await once(lines, 'close'); // the last line may have no end
  }
}

/**
 * The folder as the tar that an engine builds from, without what its `.dockerignore` leaves out.
 * Owners and times of this machine stay out, so that they don't cost the engine's cache.
 */
export async function packContext(folder: string): Promise<Readable> {
  const paths = await contextPaths(folder);
  const pack = create(
    { cwd: folder, gzip: { level: 1 }, portable: true, noDirRecurse: true },
    paths.map((path) => `./${path}`), // a bare `@name` would be read as an archive
  );
  return Readable.from(pack as AsyncIterable<Buffer>, { objectMode: false });
}
