import { sep } from 'node:path';

/**
 * A path as containers, zips and records have it, on any system: with `/`. What is relative here stays it.
 * @param separator of the system's own paths; where that is `/`, a `\\` is a letter like another
 */
export function slashed(path: string, separator = sep): string {
  return separator === '/' ? path : path.replaceAll(separator, '/');
}
