import type { ContainerEngine, Image } from '../engine/port.ts';
import type { Reporter } from '../progress/events.ts';
import type { Track } from '../tracks/descriptor.ts';
import { buildImage, findBuildContext, planBuild } from './build.ts';
import { localImage, type Variant } from './names.ts';

/** Which image built on this machine is wanted. */
export interface LocalImageWish {
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
  { variant, asked }: LocalImageWish,
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
