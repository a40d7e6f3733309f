import { join } from 'node:path';
import type { BuildRequest, ContainerEngine, Image } from '../engine/port.ts';
import { EnvironmentError } from '../errors.ts';
import { exists } from '../files.ts';
import type { Reporter } from '../progress/events.ts';
import type { Track } from '../tracks/descriptor.ts';
import { packContext } from './context.ts';
import { localImage, type Variant } from './names.ts';

/**
 * The `runtime/` to build from: that of the first of `roots` in which it has the Dockerfile.
 * @throws EnvironmentError when none has
 */
export async function findBuildContext(
  dockerfile: string,
  roots: readonly string[],
): Promise<string> {
  for (const root of roots) {
    const context = join(root, 'runtime');
    if (await exists(join(context, dockerfile))) return context;
  }
  throw new EnvironmentError(
    `There is no runtime/${dockerfile} to build from in ${roots.join(' or ')}.`,
  );
}

/** How an image of `variant` is built. */
export function planBuild(track: Track, variant: Variant): BuildRequest {
  return {
    dockerfile: variant === 'slim' ? 'Dockerfile.slim' : 'Dockerfile',
    tag: localImage(track, variant),
    arguments: variant === 'slim' ? {} : { CPU_OR_GPU: variant },
  };
}

/** Builds from the folder `context`, reporting what is printed line by line. @throws BuildFailed */
export async function buildImage(
  request: BuildRequest,
  context: string,
  engine: ContainerEngine,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Image> {
  reporter.report({ type: 'step', message: `Building ${request.tag} from ${context}` });
  const lines = lineSplitter((line) => reporter.report({ type: 'log', line }));
  try {
    return await engine.build(request, await packContext(context), lines.push, signal);
  } finally {
    lines.end();
  }
}

/** Gathers text into whole lines; a lone `\r` ends a line too, and empty lines are left out. */
function lineSplitter(onLine: (line: string) => void) {
  let rest = '';
  const emit = (line: string) => {
    if (line.trim() !== '') onLine(line.trimEnd());
  };
  return {
    push(text: string): void {
      const lines = (rest + text).split(/\r?\n|\r/);
      rest = lines.pop() ?? '';
      lines.forEach(emit);
    },
    end(): void {
      emit(rest);
      rest = '';
    },
  };
}
