import type { ContainerEngine, Image } from '../engine/port.ts';
import { EnvironmentError } from '../errors.ts';
import { toPaste } from '../progress/shell.ts';

/** The images `vsc build` makes: the two full ones and the small one, with and without PyTorch. */
export const variants = ['cpu', 'gpu', 'slim-torch', 'slim'] as const;

export type Variant = (typeof variants)[number];

/** What the images of a competition's track are called. */
export interface ImageNames {
  /** The track, as images know it. */
  readonly name: string;
  /** Repository of images built on this machine; the tag is `cpu-local`, `gpu-local`, `slim-local`. */
  readonly localRepository: string;
  /** Those of the other tracks, whose images may know this one too. */
  readonly otherRepositories: readonly string[];
  /** Repository of the organisers' images; the tag is `cpu-latest` or `gpu-latest`. */
  readonly officialRepository: string;
}

/** Name of an image that is built on this machine, e.g. `meta-vsc-descriptor-runtime:cpu-local`. */
export function localImage(track: ImageNames, variant: Variant): string {
  return imageIn(track.localRepository, variant);
}

function imageIn(repository: string, variant: Variant): string {
  return `${repository}:${variant}-local`;
}

/**
 * The label of every image that was built from a `runtime/` of ours, today's or an old one: by it an
 * image says that it runs and scores in separate containers.
 */
export const contractLabel = 'vsc.runtime.contract';

/** The label of those of them whose scoring takes what the code made on its standard input. */
export const handoverLabel = 'vsc.runtime.handover';

/** The label in which an image of ours names the tracks that it knows; the first ones had none. */
const tracksLabel = 'vsc.runtime.tracks';
const firstTrack = 'descriptor';

/** Whether an image can run submissions of a track; one that is not ours is taken at its word. */
function knowsTrack({ labels }: Pick<Image, 'labels'>, { name }: ImageNames): boolean {
  if (labels[contractLabel] === undefined) return true;
  return (labels[tracksLabel] ?? firstTrack).split(' ').includes(name);
}

/** The variant that a local image's name speaks of, whichever track it was built for. */
export function variantOf(
  { localRepository, otherRepositories }: ImageNames,
  name: string,
): Variant | undefined {
  const repositories = [localRepository, ...otherRepositories];
  return variants.find((it) => repositories.some((repository) => imageIn(repository, it) === name));
}

/** An image by its name. */
export interface NamedImage {
  readonly name: string;
  readonly image: Image;
}

/**
 * The image of a variant that was built on this machine: the track's own, or another's that knows it.
 * Undefined where there is none.
 */
export async function findLocalImage(
  engine: ContainerEngine,
  track: ImageNames,
  variant: Variant,
): Promise<NamedImage | undefined> {
  for (const repository of [track.localRepository, ...track.otherRepositories]) {
    const name = imageIn(repository, variant);
    const image = await engine.findImage(name);
    if (image !== undefined && knowsTrack(image, track)) return { name, image };
  }
  return undefined;
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

/** An image that was chosen on another machine, as plain data. */
export interface ChosenImage extends Pick<ImageChoice, 'name' | 'kind' | 'variant' | 'why'> {
  readonly id: string;
}

/** What the choice of an image depends on. */
export interface ImageOptions {
  /** What has been chosen already: nothing else has a say. */
  readonly chosen?: ChosenImage;
  /** An image the user named, and the setting that named it. */
  readonly named?: { readonly image: string; readonly source: string };
  readonly cpuOrGpu: 'cpu' | 'gpu';
  readonly registryImage: string;
  /** Folders to look for the `runtime/` of local images in, the project's before the package's own. */
  readonly roots: readonly string[];
}

/** The image to run and why. */
export interface ImageChoice extends NamedImage {
  readonly kind: 'named' | 'local' | 'official' | 'slim';
  /** Which of the slim ones it is. */
  readonly variant?: 'slim' | 'slim-torch';
  /** For a person: "local image", "official image", … */
  readonly why: string;
}

/**
 * The image that the user named, else the local one, else the official one, else the slim one.
 * Undefined where the engine has none of them.
 * @throws EnvironmentError when a named image is missing, or does not know the track
 */
export async function findImageChoice(
  engine: ContainerEngine,
  track: ImageNames,
  { chosen, named, cpuOrGpu, registryImage }: ImageOptions,
): Promise<ImageChoice | undefined> {
  if (chosen !== undefined) {
    const { id, ...choice } = chosen;
    const image = await engine.findImage(id);
    return image && { ...choice, image };
  }
  if (named !== undefined) {
    const image = await engine.findImage(named.image);
    if (image !== undefined) {
      if (!knowsTrack(image, track)) throw knowsOthers(named, track);
      return { name: named.image, image, kind: 'named', why: `from ${named.source}` };
    }
    throw new EnvironmentError(`There is no image ${named.image} (from ${named.source}).`, [
      `Pull it: ${toPaste(named.image, (it) => `docker pull ${it}`)}`,
      `Or leave ${named.source} out, and vsc chooses among the competition's images.`,
    ]);
  }
  const slim = 'slim image, as there is neither a local nor an official one';
  const torch = slim.replace('image', 'image with PyTorch');
  const built = await findLocalImage(engine, track, cpuOrGpu);
  if (built !== undefined) return { ...built, kind: 'local', why: 'local image' };
  const official = await engine.findImage(registryImage);
  if (official !== undefined) {
    return { name: registryImage, image: official, kind: 'official', why: 'official image' };
  }
  for (const [variant, why] of [
    ['slim-torch', torch],
    ['slim', slim],
  ] as const) {
    const small = await findLocalImage(engine, track, variant);
    if (small !== undefined) return { ...small, kind: 'slim', variant, why };
  }
  return undefined;
}

function knowsOthers(
  { image, source }: { readonly image: string; readonly source: string },
  { name }: ImageNames,
): EnvironmentError {
  const message = `${image} (from ${source}) does not know the ${name} track: it is older, or made for another.`;
  return new EnvironmentError(message, [
    'Build it anew: vsc build, or vsc build --slim.',
    `Or leave ${source} out, and vsc chooses among the competition's images.`,
  ]);
}

/** As `findImageChoice`. @throws EnvironmentError when there is no image at all */
export async function chooseImage(
  engine: ContainerEngine,
  track: ImageNames,
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
