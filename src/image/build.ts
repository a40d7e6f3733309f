import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import dockerIgnoreModule from '@balena/dockerignore';
import { create } from 'tar';
import type { BuildRequest, ContainerEngine, Image } from '../engine/port.ts';
import { EnvironmentError, systemCode } from '../errors.ts';
import { exists } from '../files.ts';
import type { Reporter } from '../progress/events.ts';
import type { Track } from '../tracks/descriptor.ts';
import { localImage, type Variant } from './choice.ts';

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

const { default: dockerIgnore } = dockerIgnoreModule;

/**
 * The folder as the tar that an engine builds from, without what its `.dockerignore` leaves out.
 * Owners and times of this machine stay out, so that they don't cost the engine's cache.
 */
export async function packContext(folder: string): Promise<Readable> {
  const ignore = dockerIgnore({ ignorecase: false }).add(await readIgnoreFile(folder));
  const pack = create(
    {
      cwd: folder,
      gzip: { level: 1 },
      portable: true,
      filter: (path) => path === '.' || !ignore.ignores(path.replace(/^\.\//, '')),
    },
    ['.'],
  );
  return Readable.from(pack as AsyncIterable<Buffer>, { objectMode: false });
}

async function readIgnoreFile(folder: string): Promise<string> {
  try {
    return await readFile(join(folder, '.dockerignore'), 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return '';
    throw new EnvironmentError(`${folder} can't be read: ${(error as Error).message}.`, [], {
      cause: error,
    });
  }
}

/** Which image built on this machine is wanted. */
export interface LocalImageOptions {
  readonly variant: Variant;
  /** Whether the user said so; else the slim image will do where the other has not been built. */
  readonly asked: boolean;
}

/** An image built on this machine. */
export interface LocalImage {
  readonly name: string;
  readonly variant: Variant;
  /** Undefined: it has to be built first. */
  readonly image: Image | undefined;
}

/** The local image that is wanted, or the one to build for it. */
export async function findLocalImage(
  engine: ContainerEngine,
  track: Track,
  { variant, asked }: LocalImageOptions,
): Promise<LocalImage> {
  const candidates: readonly Variant[] = asked ? [variant] : [variant, 'slim'];
  for (const candidate of candidates) {
    const name = localImage(track, candidate);
    const image = await engine.findImage(name);
    if (image !== undefined) return { name, variant: candidate, image };
  }
  return { name: localImage(track, variant), variant, image: undefined };
}

/** Builds a local image from the `runtime/` of the first of `roots` that has one. @throws BuildFailed */
export async function buildLocalImage(
  { variant }: LocalImage,
  track: Track,
  roots: readonly string[],
  tools: {
    readonly engine: ContainerEngine;
    readonly reporter: Reporter;
    readonly signal: AbortSignal;
  },
): Promise<Image> {
  const request = planBuild(track, variant);
  const context = await findBuildContext(request.dockerfile, roots);
  return buildImage(request, context, tools.engine, tools.reporter, tools.signal);
}
