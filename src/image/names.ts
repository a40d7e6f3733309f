import type { Track } from '../tracks/descriptor.ts';

/** The images `vsc build` makes: the two full ones and the small one. */
export type Variant = 'cpu' | 'gpu' | 'slim';

/** Name of an image that is built on this machine, e.g. `meta-vsc-descriptor-runtime:cpu-local`. */
export function localImage(track: Track, variant: Variant): string {
  return `${track.localRepository}:${variant}-local`;
}

/** What the slim image lacks beside the full ones, in words. */
export const slimLacks = "no PyTorch, and Debian's package versions instead of the pinned ones";
