import type { ContainerEngine, Image } from '../engine/port.ts';
import { EnvironmentError } from '../errors.ts';
import { toPaste } from '../progress/shell.ts';
import type { Track } from '../tracks/descriptor.ts';

/** The images `vsc build` makes: the two full ones and the small one, with and without PyTorch. */
export const variants = ['cpu', 'gpu', 'slim-torch', 'slim'] as const;

export type Variant = (typeof variants)[number];

/** Name of an image that is built on this machine, e.g. `meta-vsc-descriptor-runtime:cpu-local`. */
export function localImage(track: Track, variant: Variant): string {
  return `${track.localRepository}:${variant}-local`;
}

/** What of `runtime/` an image is built by. */
export function dockerfileOf(variant: Variant): string {
  return isSlim(variant) ? 'Dockerfile.slim' : 'Dockerfile';
}

/** Whether it is a small image. */
export function isSlim(variant: Variant): variant is 'slim' | 'slim-torch' {
  return variant.startsWith('slim');
}

/** The flags by which `vsc build` and `vsc test-container` know an image, e.g. `--slim --torch`. */
export function flagsOf(variant: Variant): string {
  return `--${variant.replace('-', ' --')}`;
}

/** What a slim image lacks beside the full ones, in words. */
export function slimLacks(variant: 'slim' | 'slim-torch'): string {
  const versions = "Debian's package versions instead of the pinned ones";
  return variant === 'slim' ? `no PyTorch, and ${versions}` : versions;
}

/** What the choice of an image depends on. */
export interface ImageOptions {
  /** An image the user named, and the setting that named it. */
  readonly named?: { readonly image: string; readonly source: string };
  readonly cpuOrGpu: 'cpu' | 'gpu';
  readonly registryImage: string;
  /** Folders to look for the `runtime/` of local images in, the project's before the package's own. */
  readonly roots: readonly string[];
}

/** The image to run and why. */
export interface ImageChoice {
  readonly name: string;
  readonly image: Image;
  readonly kind: 'named' | 'local' | 'official' | 'slim';
  /** Which of the slim ones it is. */
  readonly variant?: 'slim' | 'slim-torch';
  /** For a person: "local image", "official image", … */
  readonly why: string;
}

/**
 * The image that the user named, else the local one, else the official one, else the slim one.
 * Undefined where the engine has none of them.
 * @throws EnvironmentError when a named image is missing
 */
export async function findImageChoice(
  engine: ContainerEngine,
  track: Track,
  { named, cpuOrGpu, registryImage }: ImageOptions,
): Promise<ImageChoice | undefined> {
  if (named !== undefined) {
    const image = await engine.findImage(named.image);
    if (image !== undefined) {
      return { name: named.image, image, kind: 'named', why: `from ${named.source}` };
    }
    throw new EnvironmentError(`There is no image ${named.image} (from ${named.source}).`, [
      `Pull it: ${toPaste(named.image, (it) => `docker pull ${it}`)}`,
      `Or leave ${named.source} out, and vsc chooses among the competition's images.`,
    ]);
  }
  const slim = 'slim image, as there is neither a local nor an official one';
  const torch = slim.replace('image', 'image with PyTorch');
  const candidates = [
    { name: localImage(track, cpuOrGpu), kind: 'local', why: 'local image' },
    { name: registryImage, kind: 'official', why: 'official image' },
    { name: localImage(track, 'slim-torch'), kind: 'slim', variant: 'slim-torch', why: torch },
    { name: localImage(track, 'slim'), kind: 'slim', variant: 'slim', why: slim },
  ] as const;
  for (const candidate of candidates) {
    const image = await engine.findImage(candidate.name);
    if (image !== undefined) return { ...candidate, image };
  }
  return undefined;
}

/** As `findImageChoice`. @throws EnvironmentError when there is no image at all */
export async function chooseImage(
  engine: ContainerEngine,
  track: Track,
  options: ImageOptions,
): Promise<ImageChoice> {
  const choice = await findImageChoice(engine, track, options);
  if (choice !== undefined) return choice;
  throw new EnvironmentError('There is no image to run the submission in.', [
    'vsc pull           the official image, about 12 GB',
    'vsc build --slim   a small one, built here in two minutes',
  ]);
}

/** A line that says which image it is and, for the slim one, what it lacks. */
export function describeChoice({ name, variant, why }: ImageChoice): string {
  return `Image: ${name} (${why}${variant === undefined ? '' : `; ${slimLacks(variant)}`})`;
}
