import type { Image } from '../engine/port.ts';
import { VscError } from '../errors.ts';
import { isSystemError } from '../files.ts';
import type { Reporter } from '../progress/events.ts';
import type { Track } from '../tracks/descriptor.ts';
import { digestContext, findBuildContext } from './build-context.ts';
import { dockerfileOf, localImage, variants } from './choice.ts';

/** The label in which an image keeps the digest of the `runtime/` that it was built from. */
export const runtimeLabel = 'vsc.runtime.digest';

/** The label of every image that was built from a `runtime/` of ours, today's or an old one. */
const contractLabel = 'vsc.runtime.contract';

/** Why an image had better be built anew, and the command for it. */
export interface StaleImage {
  /** What is to be said of it: `was built by …`. */
  readonly why: string;
  readonly command: string;
}

/**
 * Whether an image that was built on this machine is from another `runtime/` than `vsc build` would
 * use now. Undefined where it is not, and for images from elsewhere.
 * @param roots folders to look for `runtime/` in, the first that has one counts
 */
export async function findStaleImage(
  { name, image }: { readonly name: string; readonly image: Pick<Image, 'labels'> },
  track: Track,
  roots: readonly string[],
): Promise<StaleImage | undefined> {
  const variant = variants.find((it) => localImage(track, it) === name);
  const { [runtimeLabel]: builtFrom, [contractLabel]: contract } = image.labels;
  if (variant === undefined || (builtFrom ?? contract) === undefined) return undefined;
  const command = `vsc build --${variant}`;
  try {
    const context = await findBuildContext(dockerfileOf(variant), roots);
    if (builtFrom === undefined) {
      return { why: `was built by an older vsc and may not fit ${context}.`, command };
    }
    if (builtFrom === (await digestContext(context))) return undefined;
    return { why: `is older than ${context}, or was built from another one.`, command };
  } catch (error) {
    // No runtime/ to compare with, or none that can be read: that is for "vsc build" to tell.
    if (error instanceof VscError || isSystemError(error)) return undefined;
    throw error;
  }
}

/** Warns of an image that had better be built anew; see `findStaleImage`. */
export async function warnOfStaleImage(
  choice: { readonly name: string; readonly image: Pick<Image, 'labels'> },
  track: Track,
  roots: readonly string[],
  reporter: Reporter,
): Promise<void> {
  const stale = await findStaleImage(choice, track, roots);
  if (stale === undefined) return;
  const message = `${choice.name} ${stale.why} Build it anew: ${stale.command}`;
  reporter.report({ type: 'warning', message });
}
